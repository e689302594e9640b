import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenStore, WhichTokens } from '../../core/ports.ts';
import { nameKeyOf, type Token } from '../../core/tokens/token.ts';
import {
  ACTOR,
  DIALECTS,
  digestOf,
  openStoreUnderTest,
  type StoreUnderTest,
  tokenOf,
} from '../engines/store-under-test.ts';
import { eraseRevoked } from './erased-tokens.ts';
import { countMade } from './token-revocation.ts';
import { createTokenStore } from './token-store.ts';

describe.each(DIALECTS)('many tokens revoked at once on %s', (dialect) => {
  let under: StoreUnderTest;
  let tokens: TokenStore;
  let seed = 1;
  beforeAll(async () => {
    under = await openStoreUnderTest(dialect);
    tokens = createTokenStore(under.store);
  });
  afterAll(() => under.close());

  async function made(holderId: string): Promise<Token> {
    const token = tokenOf({ holderId });
    await tokens.create(token, nameKeyOf(token.name), digestOf(seed++), null, ACTOR);
    return token;
  }

  const revoke = (which: WhichTokens, atMs = 5000) => tokens.revoke(which, atMs, ACTOR);
  const idsInOrder = (some: readonly Token[]) => some.map(({ id }) => id);
  const idsOf = (some: readonly Token[]) => some.map(({ id }) => id).sort();

  async function changesSince(seq: number) {
    const rows = await under.store.kysely
      .selectFrom('authority_changes')
      .select(['seq', 'subject_id'])
      .where('seq', '>', seq)
      .orderBy('seq')
      .execute();
    return rows.map(({ subject_id }) => subject_id).sort();
  }

  async function newestSeq(): Promise<number> {
    const { seq } = await under.store.kysely
      .selectFrom('authority_changes')
      .select(({ fn }) => fn.max<number | null>('seq').as('seq'))
      .executeTakeFirstOrThrow();
    return seq ?? 0;
  }

  it('are gone whoever holds them, each in the log of changes and in the trail, others untouched', async () => {
    const [one, two, other] = [await made('ana'), await made('budi'), await made('ana')];
    const seq = await newestSeq();
    const done = await revoke({ ids: [one.id, two.id] });
    expect([idsOf(done.revoked), done.earlier, done.missing]).toEqual([idsOf([one, two]), [], []]);
    expect((await tokens.find('ana', one.id))?.revokedAtMs).toBe(5000);
    expect((await tokens.find('budi', two.id))?.revokedAtMs).toBe(5000);
    expect((await tokens.find('ana', other.id))?.revokedAtMs).toBeNull();
    expect(await changesSince(seq)).toEqual(idsOf([one, two]));
    const trail = await under.store.kysely
      .selectFrom('audit_events')
      .select(['action', 'subject_id', 'details'])
      .where('subject_id', 'in', [one.id, two.id])
      .where('action', '=', 'token.revoke')
      .execute();
    expect(trail.map(({ subject_id }) => subject_id).sort()).toEqual(idsOf([one, two]));
    expect(trail.map(({ details }) => JSON.parse(details).holder_id).sort()).toEqual(['ana', 'budi']);
  });

  it('say which were gone before and which nobody has, and take the rest away all the same', async () => {
    const [gone, live] = [await made('ana'), await made('ana')];
    await revoke({ ids: [gone.id] }, 1000);
    const done = await revoke({ ids: ['tok_nobody', gone.id, live.id] });
    expect([idsOf(done.revoked), idsOf(done.earlier), done.missing]).toEqual([
      [live.id],
      [gone.id],
      ['tok_nobody'],
    ]);
    expect(done.earlier[0]?.revokedAtMs).toBe(1000);
  });

  it('of one holder are all that this holder has', async () => {
    const [mine, theirs] = [await made('budi'), await made('ana')];
    const done = await revoke({ holderId: 'budi' });
    expect(idsOf(done.revoked)).toEqual([mine.id]);
    expect((await tokens.find('ana', theirs.id))?.revokedAtMs).toBeNull();
    expect((await revoke({ holderId: 'budi' })).revoked).toEqual([]);
  });

  it('leave no kept reply to be read', async () => {
    const token = tokenOf();
    const reply = {
      keyDigest: digestOf(seed).digest,
      requestDigest: new Uint8Array([9]),
      subject: { kind: 'token', id: token.id },
      sealedReply: new Uint8Array([1, 2, 3]),
      expiresAtMs: 9000,
    };
    await tokens.create(token, nameKeyOf(token.name), digestOf(seed++), reply, ACTOR);
    await revoke({ ids: [token.id] });
    expect((await tokens.findReply(reply.keyDigest, 8999, ACTOR))?.sealedReply).toHaveLength(0);
  });

  it('may be more than one statement takes, and none', async () => {
    const many: Token[] = [];
    while (many.length < 510) many.push(await made('budi'));
    expect((await revoke({ ids: idsOf(many) })).revoked).toHaveLength(510);
    expect(await revoke({ ids: [] })).toEqual({ revoked: [], earlier: [], missing: [] });
  });

  it('finds what a token made also after those in between were erased, one by one or together', async () => {
    const chain: Token[] = [];
    for (let depth = 0; depth < 5; depth++) {
      const token = tokenOf({ holderId: 'ana', madeByTokenId: chain.at(-1)?.id ?? null });
      await tokens.create(token, nameKeyOf(token.name), digestOf(seed++), null, ACTOR);
      chain.push(token);
    }
    const [root, ...between] = idsInOrder(chain);
    const count = () => countMade(under.store.kysely, 'ana', root ?? '');
    expect(await count()).toBe(4);
    await revoke({ ids: between.slice(0, 1) }, 10);
    await eraseRevoked(under.store, 11);
    expect(await count()).toBe(3);
    await revoke({ ids: between.slice(1, 3) }, 10);
    await eraseRevoked(under.store, 11);
    expect(await count()).toBe(1);
  });
});
