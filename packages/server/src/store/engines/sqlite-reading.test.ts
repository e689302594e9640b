import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TokenStore } from '../../core/ports.ts';
import { nameKeyOf } from '../../core/tokens/token.ts';
import { createTokenStore } from '../tokens/token-store.ts';
import { ACTOR, digestOf, openStoreUnderTest, type StoreUnderTest, tokenOf } from './store-under-test.ts';

let under: StoreUnderTest;
let tokens: TokenStore;
beforeAll(async () => {
  under = await openStoreUnderTest('sqlite');
  tokens = createTokenStore(under.store);
});
afterAll(() => under.close());

const query = {
  holderId: 'ana',
  search: null,
  status: null,
  sort: 'last_used_at',
  descending: true,
  limit: 5,
  cursor: null,
} as const;

/** Takes the engine a while, whatever is in the database. */
const long = () =>
  sql<{
    n: number;
  }>`WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT 2000000)
    SELECT max(n) AS n FROM numbers`.execute(under.store.reading);

it('a list shows what was made before it was asked for', async () => {
  for (let at = 0; at < 20; at++) {
    const token = tokenOf();
    await tokens.create(token, nameKeyOf(token.name), digestOf(700 + at), null, ACTOR);
    expect(await tokens.list(query, 0)).toMatchObject({ total: at + 1, totalIsCapped: false });
  }
});

it('the thread that verifies goes on while a list is read, however long that takes', async () => {
  let turns = 0;
  let isOver = false;
  const reading = long().then(({ rows }) => {
    isOver = true;
    return rows;
  });
  while (!isOver) {
    await new Promise(setImmediate);
    turns++;
  }
  expect(await reading).toEqual([{ n: 2_000_000 }]);
  // On the same thread there would be no turn before its end.
  expect(turns).toBeGreaterThan(10);
});

it('more lists than may wait are refused at once as unavailable, and those that wait are answered', async () => {
  const asked = Array.from({ length: 130 }, (_, at) => (at === 0 ? long() : tokens.list(query, 0)));
  const ended = await Promise.allSettled(asked);
  const refused = ended.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
  expect(refused.length).toBeGreaterThan(0);
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'unavailable' });
  expect(ended[0]?.status).toBe('fulfilled');
  expect(await tokens.list(query, 0)).toMatchObject({ total: 20 });
});

it('an error of the engine is one here too, and changes nothing', async () => {
  await expect(sql`SELECT * FROM nowhere`.execute(under.store.reading)).rejects.toMatchObject({
    code: 'ERR_SQLITE_ERROR',
    message: expect.stringContaining('nowhere'),
  });
  await expect(sql`DELETE FROM tokens`.execute(under.store.reading)).rejects.toMatchObject({
    code: 'ERR_SQLITE_ERROR',
  });
  await expect(
    under.store.reading
      .transaction()
      .execute(async (transaction) => await sql`SELECT 1`.execute(transaction)),
  ).rejects.toThrow('only read');
  expect(await tokens.list(query, 0)).toMatchObject({ total: 20 });
});
