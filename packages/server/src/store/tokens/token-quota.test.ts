import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TOTAL_MAX, type TokenStore } from '../../core/ports.ts';
import { nameKeyOf } from '../../core/tokens/token.ts';
import { openStore } from '../engines/open-store.ts';
import {
  ACTOR,
  DIALECTS,
  digestOf,
  openStoreUnderTest,
  type StoreUnderTest,
  tokenOf,
} from '../engines/store-under-test.ts';
import { eraseRevoked } from './erased-tokens.ts';
import { createTokenStore } from './token-store.ts';

let seed = 50_000;

describe.each(DIALECTS)('the tokens of one holder on %s', (dialect) => {
  let under: StoreUnderTest;
  beforeAll(async () => {
    under = await openStoreUnderTest(dialect);
  });
  afterAll(() => under.close());

  const create = (tokens: TokenStore, change: Parameters<typeof tokenOf>[0] = {}) => {
    const token = tokenOf(change);
    return tokens.create(token, nameKeyOf(token.name), digestOf(seed++), null, ACTOR).then((outcome) => ({
      outcome,
      id: token.id,
    }));
  };
  const rowsOf = async (table: 'tokens' | 'token_secrets' | 'audit_events' | 'authority_changes') => {
    const { rows } = await sql<{ n: number }>`SELECT count(*) AS n FROM ${sql.table(table)}`.execute(
      under.store.kysely,
    );
    return Number(rows[0]?.n);
  };
  const withQuota = (tokensPerHolderMax: number) => createTokenStore(under.store, { tokensPerHolderMax });

  it('are no more than allowed, expired ones too, deleted ones not; one too many writes nothing', async () => {
    const tokens = withQuota(3);
    const expired = await create(tokens, { expiresAtMs: 1 });
    await create(tokens);
    await create(tokens);
    const before = await Promise.all([
      rowsOf('tokens'),
      rowsOf('token_secrets'),
      rowsOf('audit_events'),
      rowsOf('authority_changes'),
    ]);
    expect((await create(tokens)).outcome).toBe('too_many');
    expect(
      await Promise.all([
        rowsOf('tokens'),
        rowsOf('token_secrets'),
        rowsOf('audit_events'),
        rowsOf('authority_changes'),
      ]),
    ).toEqual(before);
    expect((await create(tokens, { holderId: 'budi' })).outcome).toBe('created');
    await tokens.revoke({ ids: [expired.id], holderId: 'ana' }, 5, ACTOR);
    expect((await create(tokens)).outcome).toBe('created');
    expect((await create(tokens)).outcome).toBe('too_many');
  });

  it('stay where there are more than allowed, and no other is made', async () => {
    const list = () =>
      withQuota(1).list(
        {
          holderId: 'ana',
          search: null,
          status: null,
          sort: 'name',
          descending: false,
          limit: 10,
          cursor: null,
        },
        0,
      );
    expect((await list()).total).toBe(3);
    expect((await create(withQuota(1))).outcome).toBe('too_many');
    expect((await list()).total).toBe(3);
  });

  it('are counted one after the other, however many are made at once and on how many nodes', async () => {
    const other = openStore(under.location, () => {});
    await other.migrate();
    try {
      const nodes = [withQuota(8), createTokenStore(other, { tokensPerHolderMax: 8 })];
      const made = await Promise.all(
        Array.from({ length: 24 }, (_, at) => create(nodes[at % 2] as TokenStore)),
      );
      expect(made.filter(({ outcome }) => outcome === 'created')).toHaveLength(5);
      expect(made.filter(({ outcome }) => outcome === 'too_many')).toHaveLength(19);
    } finally {
      await other.close();
    }
  });

  it('are counted up to a thousand in a list, and said to be more', async () => {
    const tokens = withQuota(100_000);
    const query = {
      holderId: 'budi',
      search: null,
      status: null,
      sort: 'name',
      descending: false,
      limit: 5,
      cursor: null,
    } as const;
    await insertMany(TOTAL_MAX - 1);
    expect(await tokens.list(query, 0)).toMatchObject({ total: TOTAL_MAX, totalIsCapped: false });
    await insertMany(1);
    const page = await tokens.list(query, 0);
    expect(page).toMatchObject({ total: TOTAL_MAX, totalIsCapped: true });
    expect(page.tokens).toHaveLength(5);
  });

  async function insertMany(count: number): Promise<void> {
    const rows = Array.from({ length: count }, () => {
      const token = tokenOf({ holderId: 'budi' });
      return {
        id: token.id,
        organization_id: 'default',
        holder_id: 'budi',
        name: token.name,
        name_key: token.name,
        masked: token.masked,
        scopes: null,
        created_at_ms: 1,
        expires_at_ms: null,
        revoked_at_ms: null,
      };
    });
    for (let from = 0; from < rows.length; from += 100) {
      await under.store.kysely
        .insertInto('tokens')
        .values(rows.slice(from, from + 100))
        .execute();
    }
  }

  it('are erased when they were deleted long ago, and the trail keeps what it says of them', async () => {
    const tokens = withQuota(100_000);
    const [old, recent, living] = [await create(tokens), await create(tokens), await create(tokens)];
    await tokens.revoke({ ids: [old.id], holderId: 'ana' }, 1000, ACTOR);
    await tokens.revoke({ ids: [recent.id], holderId: 'ana' }, 2000, ACTOR);
    const events = await rowsOf('audit_events');
    await eraseRevoked(under.store, 2000);
    expect(await tokens.find('ana', old.id)).toBeNull();
    expect(await tokens.find('ana', recent.id)).toMatchObject({ revokedAtMs: 2000 });
    expect(await tokens.find('ana', living.id)).toMatchObject({ revokedAtMs: null });
    expect(await rowsOf('audit_events')).toBe(events);
    const { rows } = await sql`SELECT token_id FROM token_secrets WHERE token_id = ${old.id}`.execute(
      under.store.kysely,
    );
    expect(rows).toEqual([]);
  });

  it('are erased step by step, until none is left that is old enough', async () => {
    await under.store.kysely
      .updateTable('tokens')
      .set({ revoked_at_ms: 10 })
      .where('holder_id', '=', 'budi')
      .execute();
    await eraseRevoked(under.store, 11);
    const left = await under.store.kysely
      .selectFrom('tokens')
      .select('id')
      .where('holder_id', '=', 'budi')
      .execute();
    expect(left).toEqual([]);
  });
});
