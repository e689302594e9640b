/** Last uses and refusals, as both engines write them; and that on PostgreSQL they wait for nobody. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TokenStore } from '../../core/ports.ts';
import { nameKeyOf, type Token } from '../../core/tokens/token.ts';
import type { Use } from '../../core/usage/pending-uses.ts';
import { openStore } from '../engines/open-store.ts';
import {
  ACTOR,
  DIALECTS,
  digestOf,
  openStoreUnderTest,
  type StoreUnderTest,
  tokenOf,
} from '../engines/store-under-test.ts';
import { createTokenStore } from './token-store.ts';
import { createUsageStore } from './usage-store.ts';

let nextSeed = 1;
const add = (tokens: TokenStore, token: Token) =>
  tokens.create(token, nameKeyOf(token.name), digestOf(nextSeed++), null, ACTOR);

describe.each(DIALECTS)('last uses on %s', (dialect) => {
  let under: StoreUnderTest;
  let tokens: TokenStore;
  beforeAll(async () => {
    under = await openStoreUnderTest(dialect);
    tokens = createTokenStore(under.store);
  });
  afterAll(() => under.close());

  it('merges uses by maximum: an older one never replaces a newer', async () => {
    const token = tokenOf();
    await add(tokens, token);
    const usage = createUsageStore(under.store);
    await usage.recordUses([{ tokenId: token.id, atMs: 5000.7, address: '10.0.0.5', agent: 'new' }]);
    await usage.recordUses([{ tokenId: token.id, atMs: 4000, address: '10.0.0.4', agent: 'old' }]);
    expect(await tokens.find('ana', token.id)).toMatchObject({
      lastUsedAtMs: 5000,
      lastUsedAddress: '10.0.0.5',
      lastUsedClient: 'new',
    });
  });

  it('keeps the last use of a token that is revoked', async () => {
    const token = tokenOf();
    await add(tokens, token);
    const use = { tokenId: token.id, atMs: 5000, address: '10.0.0.5', agent: 'curl' };
    expect(await createUsageStore(under.store).recordUses([use])).toEqual([]);
    const lastUse = { lastUsedAtMs: 5000, lastUsedAddress: '10.0.0.5', lastUsedClient: 'curl' };
    const { revoked } = await tokens.revoke({ ids: [token.id], holderId: 'ana' }, 6000, ACTOR);
    expect(revoked).toMatchObject([lastUse]);
    expect(await tokens.find('ana', token.id)).toMatchObject({ ...lastUse, revokedAtMs: 6000 });
  });

  it('writes refusals of a known token to the audit trail', async () => {
    const token = tokenOf();
    await add(tokens, token);
    const last = { tokenId: token.id, atMs: 7000, address: '10.0.0.9', agent: 'curl' };
    await createUsageStore(under.store).recordRefusals([
      {
        tokenId: token.id,
        organizationId: 'default',
        holderId: 'ana',
        reason: 'expired',
        count: 12,
        firstAtMs: 6000,
        last,
        reported: null,
      },
    ]);
    const row = await newestAudit(token.id);
    expect(row).toMatchObject({ action: 'token.refuse', address: '10.0.0.9' });
    expect(JSON.parse(row?.details ?? '')).toMatchObject({ reason: 'expired', count: 12 });
  });

  it('are written of as many tokens at once as there are, each its own', async () => {
    const many = Array.from({ length: 500 }, () => tokenOf());
    for (const token of many) await add(tokens, token);
    const usage = createUsageStore(under.store);
    const usesAt = (atMs: number) =>
      many.map(({ id }, at) => ({
        tokenId: id,
        atMs: atMs + at,
        address: `10.0.0.${at % 250}`,
        agent: null,
      }));
    expect(await usage.recordUses(usesAt(1000))).toEqual([]);
    expect(await usage.recordUses(usesAt(900))).toEqual([]);
    for (const at of [0, 250, 499]) {
      expect(await tokens.find('ana', many[at]?.id ?? '')).toMatchObject({
        lastUsedAtMs: 1000 + at,
        lastUsedAddress: `10.0.0.${at % 250}`,
        lastUsedClient: null,
      });
    }
  });

  const newestAudit = (subject: string) =>
    under.store.kysely
      .selectFrom('audit_events')
      .selectAll()
      .where('subject_id', '=', subject)
      .orderBy('id', 'desc')
      .executeTakeFirst();
});

describe('last uses on PostgreSQL', () => {
  let under: StoreUnderTest;
  let tokens: TokenStore;
  const clients: pg.Client[] = [];
  beforeEach(async () => {
    under = await openStoreUnderTest('postgres');
    tokens = createTokenStore(under.store);
    for (const id of ['one', 'other', 'third']) await add(tokens, tokenOf({ id, name: id }));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end();
    await under.close();
  });

  async function connect(): Promise<pg.Client> {
    if (under.location.kind !== 'postgres') throw new Error('not PostgreSQL');
    const client = new pg.Client(under.location.url);
    await client.connect();
    clients.push(client);
    return client;
  }

  const useOf = (tokenId: string, atMs: number) => ({ tokenId, atMs, address: '10.0.0.1', agent: null });
  const uses = [useOf('one', 9000), useOf('other', 9000)];

  it('that somebody else is writing wait for nobody, and are written the next time', async () => {
    const usage = createUsageStore(under.store);
    await usage.recordUses([useOf('one', 8000)]);
    const locker = await connect();
    await locker.query(`BEGIN; SELECT 1 FROM token_uses WHERE token_id = 'one' FOR UPDATE`);
    expect(await usage.recordUses(uses)).toEqual([uses[0]]);
    expect((await tokens.find('ana', 'other'))?.lastUsedAtMs).toBe(9000);
    await locker.query('COMMIT');
    expect(await usage.recordUses(uses)).toEqual([]);
    expect(await tokens.find('ana', 'one')).toMatchObject({
      lastUsedAtMs: 9000,
      lastUsedAddress: '10.0.0.1',
    });
  });

  it('that are a token’s first wait for no other node’s first ones', async () => {
    const usage = createUsageStore(under.store);
    await usage.recordUses([useOf('one', 8000)]);
    const locker = await connect();
    await locker.query(`BEGIN; SELECT pg_advisory_xact_lock(7305266003)`);
    expect(await usage.recordUses([useOf('third', 9000), useOf('one', 9500)])).toEqual([
      useOf('third', 9000),
    ]);
    await locker.query('COMMIT');
    expect(await usage.recordUses([useOf('third', 9000)])).toEqual([]);
    expect((await tokens.find('ana', 'one'))?.lastUsedAtMs).toBe(9500);
    expect((await tokens.find('ana', 'third'))?.lastUsedAtMs).toBe(9000);
  });

  it('wait for no revocation that is not committed', async () => {
    const usage = createUsageStore(under.store);
    await usage.recordUses([useOf('one', 8000)]);
    const locker = await connect();
    await locker.query(`BEGIN; UPDATE tokens SET revoked_at_ms = 1`);
    expect(await usage.recordUses([useOf('one', 9900), useOf('third', 9900)])).toEqual([]);
    await locker.query('ROLLBACK');
  });

  it('of nodes that write the same tokens at once lose no newest one and never deadlock', async () => {
    const nodes = Array.from({ length: 4 }, () => openStore(under.location, () => {}));
    const ids = Array.from({ length: 100 }, (_, at) => `token-${at}`);
    for (const id of ids) await add(tokens, tokenOf({ id, name: id }));
    const newest = new Map<string, number>();
    const written = nodes.map(async (store, node) => {
      const usage = createUsageStore(store);
      let left: readonly Use[] = [];
      for (let round = 0; round < 60 || left.length > 0; round++) {
        const uses = new Map(left.map((use) => [use.tokenId, use]));
        for (const [at, id] of round < 60 ? ids.entries() : []) {
          // Some at first, all in the end; in another order and at another time on each node.
          const atMs = ((round * 7919 + at * 104_729 + node * 1_299_709) % 1_000_003) + 1;
          if (at > round * 2 || (uses.get(id)?.atMs ?? 0) >= atMs) continue;
          uses.set(id, { tokenId: id, atMs, address: String(atMs), agent: null });
          newest.set(id, Math.max(newest.get(id) ?? 0, atMs));
        }
        const ordered = [...uses.values()];
        left = await usage.recordUses(node % 2 ? ordered : ordered.reverse());
      }
    });
    await Promise.all(written);
    for (const id of ids) {
      const atMs = newest.get(id) ?? null;
      const address = atMs === null ? null : String(atMs);
      expect(await tokens.find('ana', id)).toMatchObject({ lastUsedAtMs: atMs, lastUsedAddress: address });
    }
    for (const store of nodes) await store.close();
  });
});
