/** The contract of the store, run by both engines. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenQuery, TokenStore } from '../../core/ports.ts';
import { EXPIRES_SOON_MS, nameKeyOf, statusOf, type Token } from '../../core/tokens/token.ts';
import { createClientStore } from '../authority/client-store.ts';
import type { StoreSource } from '../authority/store-source.ts';
import { migrationsOf } from '../engines/migrate.ts';
import { openStore } from '../engines/open-store.ts';
import {
  ACTOR,
  DIALECTS,
  digestOf,
  freshLocation,
  keyOf,
  openSource,
  openStoreUnderTest,
  recordIn,
  type StoreUnderTest,
  tokenOf,
} from '../engines/store-under-test.ts';
import { registerKeys, WrongKeyError } from './digest-keys.ts';
import { createTokenOwners } from './token-owners.ts';
import { createTokenStore } from './token-store.ts';
import { createUsageStore } from './usage-store.ts';

const NOW_MS = 1_800_000_000_000;

describe.each(DIALECTS)('the store on %s', (dialect) => {
  let under: StoreUnderTest;
  let tokens: TokenStore;
  let source: StoreSource;
  let nextSeed = 1;
  beforeAll(async () => {
    under = await openStoreUnderTest(dialect);
    tokens = createTokenStore(under.store);
    source = openSource(under.store);
  });
  afterAll(async () => {
    await source.close();
    await under.close();
  });

  const add = async (token: Token, seed = nextSeed++) => {
    const outcome = await tokens.create(token, nameKeyOf(token.name), digestOf(seed), null, ACTOR);
    return { outcome, digest: digestOf(seed).digest };
  };
  const audit = (subject: string) =>
    under.store.kysely
      .selectFrom('audit_events')
      .selectAll()
      .where('subject_id', '=', subject)
      .orderBy('id')
      .execute();

  it('finds by digest what was created, with its holder', async () => {
    const token = tokenOf({ name: 'found', expiresAtMs: NOW_MS, scopes: ['a:viewer'] });
    const { outcome, digest } = await add(token);
    expect(outcome).toBe('created');
    const record = recordIn(await source.load(keyOf(digest)));
    expect(record).toMatchObject({
      revokedAtMs: null,
      holderDeactivatedAtMs: null,
      token: {
        tokenId: token.id,
        tokenName: 'found',
        scopes: ['a:viewer'],
        expiresAtMs: NOW_MS,
        holderId: 'ana',
        holderEmail: 'ana@example.com',
        organizationId: 'default',
      },
    });
    expect(recordIn(await source.load(keyOf(digestOf(999_999).digest)))).toBeNull();
  });

  it('lets one of many creations of a name at once through, and writes nothing for the others', async () => {
    const rivals = Array.from({ length: 8 }, (_, at) => tokenOf({ name: at % 2 ? 'RIVAL' : 'rival' }));
    const outcomes = await Promise.all(rivals.map((token) => add(token)));
    expect(outcomes.filter(({ outcome }) => outcome === 'created')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'name_taken')).toHaveLength(7);
    const rows = await Promise.all(rivals.map(({ id }) => audit(id)));
    expect(rows.flat()).toHaveLength(1);
  });

  it('lets another holder have the same name, and the same holder after a deletion', async () => {
    const mine = tokenOf({ name: 'again' });
    await add(mine);
    expect((await add(tokenOf({ name: 'again', holderId: 'budi' }))).outcome).toBe('created');
    expect((await add(tokenOf({ name: 'Again' }))).outcome).toBe('name_taken');
    await tokens.revoke({ ids: [mine.id], holderId: 'ana' }, 2000, ACTOR);
    expect((await add(tokenOf({ name: 'Again' }))).outcome).toBe('created');
  });

  it('revokes once, for its holder alone, and audits it in the same transaction', async () => {
    const token = tokenOf();
    const { digest } = await add(token);
    const theirs = await tokens.revoke({ ids: [token.id], holderId: 'budi' }, 2000, ACTOR);
    expect(theirs).toEqual({ revoked: [], earlier: [], missing: [token.id] });
    expect(await tokens.find('budi', token.id)).toBeNull();
    const mine = { ids: [token.id], holderId: 'ana' };
    expect((await tokens.revoke(mine, 2000, ACTOR)).revoked[0]?.revokedAtMs).toBe(2000);
    expect((await tokens.revoke(mine, 3000, ACTOR)).earlier[0]?.revokedAtMs).toBe(2000);
    expect(recordIn(await source.load(keyOf(digest)))?.revokedAtMs).toBe(2000);
    expect((await audit(token.id)).map(({ action }) => action)).toEqual(['token.create', 'token.revoke']);
    expect(JSON.parse((await audit(token.id))[0]?.details ?? '')).toMatchObject({ holder_id: 'ana' });
  });

  it('knows whose tokens there are, and of others nothing', async () => {
    const find = createTokenOwners(under.store);
    const token = tokenOf({ name: 'owned' });
    await add(token);
    const owner = { tokenId: token.id, organizationId: 'default', holderId: 'ana' };
    expect(await find([token.id, 'tok_made_up', token.id])).toEqual([owner]);
    expect(await find([])).toEqual([]);
  });

  it('keeps a reply for its key until it ends, erases it with its token, and gives a key once', async () => {
    const token = tokenOf();
    const reply = {
      keyDigest: digestOf(700_001).digest,
      requestDigest: digestOf(700_002).digest,
      subject: { kind: 'token', id: token.id },
      sealedReply: new Uint8Array([1, 2, 3]),
      expiresAtMs: 9000,
    };
    const create = (one: Token, at: number) =>
      tokens.create(
        one,
        nameKeyOf(one.name),
        digestOf(nextSeed++),
        { ...reply, subject: { kind: 'token', id: one.id }, expiresAtMs: at },
        ACTOR,
      );
    expect(await create(token, 9000)).toBe('created');
    expect(Buffer.from((await tokens.findReply(reply.keyDigest, 8999, ACTOR))?.sealedReply ?? '')).toEqual(
      Buffer.from([1, 2, 3]),
    );
    expect(await tokens.findReply(reply.keyDigest, 9000, ACTOR)).toBeNull();
    const second = tokenOf();
    expect(await create(second, 9000)).toBe('replied');
    expect(await tokens.find('ana', second.id)).toBeNull();
    await tokens.revoke({ ids: [token.id], holderId: 'ana' }, 2000, ACTOR);
    expect((await tokens.findReply(reply.keyDigest, 8999, ACTOR))?.sealedReply).toHaveLength(0);
    await tokens.eraseReplies(9000);
    expect(await tokens.findReply(reply.keyDigest, 1, ACTOR)).toBeNull();
  });

  it('has service credentials, until they are revoked', async () => {
    const clients = createClientStore(under.store);
    const client = {
      id: 'client_1',
      organizationId: 'default',
      name: 'gateway',
      secretDigest: digestOf(5).digest,
    };
    await clients.create(client, 1000, ACTOR);
    expect(await clients.find('client_1')).toMatchObject({ name: 'gateway' });
    expect(await clients.find('client_2')).toBeNull();
    expect((await audit('client_1')).map(({ action }) => action)).toEqual(['client.create']);
    expect(await clients.revoke('client_2', 5, ACTOR)).toBe(false);
    expect(await clients.revoke('client_1', 5, ACTOR)).toBe(true);
    expect(await clients.revoke('client_1', 6, ACTOR)).toBe(true);
    expect(await clients.find('client_1')).toBeNull();
    expect(await clients.list()).toEqual([
      { id: 'client_1', name: 'gateway', createdAtMs: 1000, revokedAtMs: 5 },
    ]);
    expect((await audit('client_1')).map(({ action }) => action)).toEqual(['client.create', 'client.revoke']);
  });

  it('refuses a node with another key, or without one the database was written under', async () => {
    await registerKeys(under.store, new Map([[1, 'fingerprint-1']]), 1);
    await expect(registerKeys(under.store, new Map([[1, 'other']]), 1)).rejects.toThrow(WrongKeyError);
    await expect(registerKeys(under.store, new Map([[2, 'x']]), 1)).rejects.toThrow(WrongKeyError);
    const rows = await under.store.kysely.selectFrom('digest_keys').selectAll().execute();
    expect(rows.map(({ version }) => version)).toEqual([1]);
  });

  it('is migrated by any number of processes at once, once', async () => {
    const fresh = await freshLocation(dialect);
    const program = `
      import { openStore } from ${JSON.stringify(new URL('../engines/open-store.ts', import.meta.url).href)};
      const store = openStore(${JSON.stringify(fresh)}, () => {});
      await store.migrate();
      await store.close();`;
    const migrate = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    await Promise.all([migrate(), migrate(), migrate()]);
    const store = openStore(fresh, () => {});
    const { rows } = await sql`SELECT name FROM schema_migrations ORDER BY name`.execute(store.kysely);
    expect(rows).toHaveLength(migrationsOf(dialect).length);
    await store.close();
  });

  it('has the same migrations as the other engine', () => {
    const names = (of: typeof dialect) => migrationsOf(of).map(({ name }) => name);
    expect(names('sqlite')).toEqual(names('postgres'));
  });
});

describe.each(DIALECTS)('a list of tokens on %s', (dialect) => {
  let under: StoreUnderTest;
  let tokens: TokenStore;
  const day = 24 * 60 * 60 * 1000;
  beforeAll(async () => {
    under = await openStoreUnderTest(dialect);
    tokens = createTokenStore(under.store);
    for (let at = 0; at < 45; at++) {
      const expiresAtMs = [null, NOW_MS - 1, NOW_MS + day, NOW_MS + EXPIRES_SOON_MS + 1][at % 4] ?? null;
      const lastUsedAtMs = at % 3 === 0 ? null : NOW_MS - at;
      // Many share an instant, so that pages are cut among equals.
      const token = tokenOf({
        name: `${at % 2 ? 'Web' : 'api'} ${at}${at === 7 ? ' 100%_done' : ''}`,
        createdAtMs: 1000 + Math.floor(at / 5),
        expiresAtMs,
      });
      await tokens.create(token, nameKeyOf(token.name), digestOf(at), null, ACTOR);
      if (lastUsedAtMs !== null) {
        const use = { tokenId: token.id, atMs: lastUsedAtMs, address: null, agent: null };
        await createUsageStore(under.store).recordUses([use]);
      }
      if (at % 15 === 14) await tokens.revoke({ ids: [token.id], holderId: 'ana' }, NOW_MS, ACTOR);
    }
    await tokens.create(
      tokenOf({ holderId: 'budi', name: 'api of another' }),
      'x',
      digestOf(100),
      null,
      ACTOR,
    );
  });
  afterAll(() => under.close());

  const query = (change: Partial<TokenQuery> = {}): TokenQuery => ({
    holderId: 'ana',
    search: null,
    status: null,
    sort: 'created_at',
    descending: true,
    limit: 7,
    cursor: null,
    ...change,
  });
  const all = async (change: Partial<TokenQuery>) => {
    const found: Token[] = [];
    let cursor: string | null = null;
    do {
      const page = await tokens.list(query({ ...change, cursor }), NOW_MS);
      found.push(...page.tokens);
      cursor = page.nextCursor;
      expect(page.total).toBeGreaterThanOrEqual(found.length);
    } while (cursor);
    return found;
  };

  it.each(['name', 'token', 'status', 'created_at', 'expires_at', 'last_used_at'] as const)(
    'sorted by %s gives every token once, in both directions',
    async (sort) => {
      const up = await all({ sort, descending: false });
      const down = await all({ sort, descending: true });
      expect(up).toHaveLength(42);
      expect(new Set(up.map(({ id }) => id)).size).toBe(42);
      expect(down.map(({ id }) => id)).toEqual(up.map(({ id }) => id).reverse());
    },
  );

  it('sorts names without case, never-ending after ending, never-used before used', async () => {
    const names = (await all({ sort: 'name', descending: false })).map(({ name }) => nameKeyOf(name));
    expect(names).toEqual([...names].sort());
    expect((await all({ sort: 'expires_at', descending: true }))[0]?.expiresAtMs).toBeNull();
    expect((await all({ sort: 'last_used_at', descending: false }))[0]?.lastUsedAtMs).toBeNull();
  });

  it.each([
    ['active', 22],
    ['expires_soon', 10],
    ['expired', 10],
    ['revoked', 3],
  ] as const)('filtered by %s agrees with the status that each shows', async (status, count) => {
    const found = await all({ status });
    expect(found).toHaveLength(count);
    expect(new Set(found.map((token) => statusOf(token, NOW_MS)))).toEqual(new Set([status]));
  });

  it('searches by part of the name without case, and takes % and _ for themselves', async () => {
    expect((await all({ search: 'WEB' })).every(({ name }) => name.startsWith('Web'))).toBe(true);
    expect(await all({ search: '100%_d' })).toHaveLength(1);
    expect(await all({ search: '%' })).toHaveLength(1);
    expect(await all({ search: 'of another' })).toHaveLength(0);
  });

  it('refuses a cursor that is not of this list', async () => {
    const { nextCursor } = await tokens.list(query(), NOW_MS);
    await expect(tokens.list(query({ sort: 'name', cursor: nextCursor }), NOW_MS)).rejects.toThrow('cursor');
    for (const cursor of [
      '',
      'x',
      'bnVsbA',
      Buffer.from('["created_at",true,"x","y"]').toString('base64url'),
    ]) {
      await expect(tokens.list(query({ cursor }), NOW_MS)).rejects.toThrow('cursor');
    }
  });
});
