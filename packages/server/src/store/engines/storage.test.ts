/** A database that is full or read-only: writes are refused by a code that says which, reads go on, and all is well after. */
import { sql } from 'kysely';
import { describe, expect, inject, it, test } from 'vitest';
import { createDatabase } from '../../../../../tests/postgres.ts';
import { createTokenStore } from '../tokens/token-store.ts';
import { openStore, type Store } from './open-store.ts';
import { outageOf, outageRefusal } from './outage.ts';
import { guardedPool } from './postgres-pool.ts';
import {
  ACTOR,
  digestOf,
  keyOf,
  openSource,
  openStoreUnderTest,
  recordIn,
  runRaw,
  tokenOf,
} from './store-under-test.ts';

const create = (store: Store, seed: number, name = `token ${seed}`) => {
  const token = tokenOf({ name });
  return createTokenStore(store).create(token, name, digestOf(seed), null, ACTOR);
};

/** The same faults as the disk's own, for the one connection that writes. */
const SQLITE_FAULTS = [
  ['storage_full', 'PRAGMA max_page_count = 1', 'PRAGMA max_page_count = 1000000'],
  ['storage_read_only', 'PRAGMA query_only = 1', 'PRAGMA query_only = 0'],
] as const;

describe.each(SQLITE_FAULTS)('on SQLite, while it is %s', (code, begins, ends) => {
  it('writes are refused, nothing is half done, syncs and look-ups go on, and it mends by itself', async () => {
    const { store, close } = await openStoreUnderTest('sqlite');
    const source = openSource(store);
    expect(await create(store, 1)).toBe('created');
    const { seq, history } = await source.sync(null);
    await sql.raw(begins).execute(store.kysely);
    const long = 'n'.repeat(60);
    for (let attempt = 0; attempt < 40; attempt++) {
      const failed = await Promise.all(
        [2, 3].map((seed) =>
          create(store, seed + attempt * 2, `${long} ${seed + attempt * 2}`).catch((error) => error),
        ),
      );
      if (!failed.every((error) => error instanceof Error)) continue;
      for (const error of failed) expect(outageRefusal(error)?.code).toBe(code);
      break;
    }
    const before = await store.kysely.selectFrom('tokens').select('id').execute();
    await expect(create(store, 900, `${long} 900`)).rejects.toSatisfy((error) => outageOf(error) === code);
    expect(recordIn(await source.load(keyOf(digestOf(900).digest)))).toBeNull();
    expect(await store.kysely.selectFrom('tokens').select('id').execute()).toEqual(before);
    expect(recordIn(await source.load(keyOf(digestOf(1).digest)))).not.toBeNull();
    expect((await source.sync({ seq, history })).history).toBe(history);
    await sql.raw(ends).execute(store.kysely);
    expect(await create(store, 901)).toBe('created');
    expect(recordIn(await source.load(keyOf(digestOf(901).digest)))).not.toBeNull();
    await source.close();
    await close();
  });
});

test('on PostgreSQL, a connection whose server answers that it is read-only is not used again', async () => {
  const { store, location, close } = await openStoreUnderTest('postgres');
  if (location.kind !== 'postgres') throw new Error('not PostgreSQL');
  const name = new URL(location.url).pathname.slice(1);
  await runRaw(location, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  // Connections of its own, made while it is so.
  const late = openStore(location, () => {});
  await expect(create(late, 1)).rejects.toSatisfy((error) => outageOf(error) === 'storage_read_only');
  const admin = new URL(location.url);
  admin.pathname = '/postgres';
  await runRaw(
    { kind: 'postgres', url: admin.href },
    `ALTER DATABASE ${name} SET default_transaction_read_only = off`,
  );
  expect(await create(late, 1)).toBe('created');
  await late.close();
  await close();
  expect(store.dialect).toBe('postgres');
});

describe('a failed clean-up hides nothing', () => {
  const LIMITS = { statementMs: 1000, idleInTransactionMs: 1000 };
  const failing = (failures: Record<string, Error>) => {
    const released: unknown[] = [];
    const client = {
      processID: 7,
      query: async (text: string) => {
        if (failures[text]) throw failures[text];
        return { command: 'SELECT', rowCount: 1, rows: [{ direct: true }] };
      },
      release: (spoilt: unknown) => void released.push(spoilt),
    };
    const pool = { connect: async () => client, ended: false, end: async () => {}, options: {} };
    return { released, pool: guardedPool(pool as never, LIMITS) };
  };

  it('a rollback that fails is silent, and its connection is closed', async () => {
    const { pool, released } = failing({ rollback: new Error('Connection terminated') });
    const client = await pool.connect();
    await expect(client.query('rollback', [])).resolves.toMatchObject({ command: 'ROLLBACK' });
    client.release();
    expect(released).toEqual([true]);
  });

  it.each([
    [Object.assign(new Error('read-only'), { code: '25006' }), true],
    [Object.assign(new Error('shutting down'), { code: '57P01' }), true],
    [new Error('Query read timeout'), true],
    [Object.assign(new Error('a constraint'), { code: '23505' }), false],
  ])('after "%s" the connection is closed: %s', async (error, isClosed) => {
    const { pool, released } = failing({ 'SELECT 1': error });
    const client = await pool.connect();
    await expect(client.query('SELECT 1', [])).rejects.toBe(error);
    client.release();
    expect(released).toEqual([isClosed]);
  });

  it('on SQLite the failure of a statement goes up, though the engine rolled back by itself', async () => {
    const { store, close } = await openStoreUnderTest('sqlite');
    const failed = store.kysely.transaction().execute(async (transaction) => {
      // As a full disk does.
      await sql.raw('ROLLBACK').execute(transaction);
      throw new Error('the first failure');
    });
    await expect(failed).rejects.toThrow('the first failure');
    expect(await create(store, 1)).toBe('created');
    await close();
  });
});

test.each([
  ['53100', 'storage_full'],
  ['25006', 'storage_read_only'],
  ['08006', 'unavailable'],
  ['57P01', 'unavailable'],
  ['ENOSPC', 'storage_full'],
  ['EROFS', 'storage_read_only'],
  ['ECONNREFUSED', 'unavailable'],
  ['23505', null],
])('%s is %s', (code, outage) => {
  expect(outageOf(Object.assign(new Error('x'), { code }))).toBe(outage);
});

test('a database of another encoding is told in one sentence that says what to do', async () => {
  const url = new URL(inject('postgresUrl'));
  const name = `latin_${Date.now()}`;
  await runRaw(
    { kind: 'postgres', url: url.href },
    `CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`,
  );
  url.pathname = `/${name}`;
  const store = openStore({ kind: 'postgres', url: url.href }, () => {});
  await expect(store.migrate()).rejects.toThrow(
    /has the encoding LATIN1.*ENCODING 'UTF8' TEMPLATE template0\.$/,
  );
  await store.close();
  expect(await createDatabase(inject('postgresUrl'))).toContain('test_');
});
