/** What only SQLite does: one writer at a time, across processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { createTokenStore } from '../tokens/token-store.ts';
import {
  ACTOR,
  digestOf,
  keyOf,
  openSource,
  openStoreUnderTest,
  recordIn,
  tokenOf,
} from './store-under-test.ts';

it('a write waits for another process without holding up anything else', async () => {
  const { store, location, close } = await openStoreUnderTest('sqlite');
  if (location.kind !== 'sqlite') throw new Error('not SQLite');
  const holder = spawn(process.execPath, [
    '--input-type=module',
    '-e',
    `import { DatabaseSync } from 'node:sqlite';
     const database = new DatabaseSync(${JSON.stringify(location.file)});
     database.exec('BEGIN IMMEDIATE');
     process.stdout.write('held');
     process.stdin.once('data', () => { database.exec('COMMIT'); process.exit(); });`,
  ]);
  await once(holder.stdout, 'data');
  const token = tokenOf();
  let written = false;
  const writing = createTokenStore(store)
    .create(token, token.name, digestOf(1), null, ACTOR)
    .then((outcome) => {
      written = true;
      return outcome;
    });
  const source = openSource(store);
  for (let round = 0; round < 20; round++) {
    expect(recordIn(await source.load(keyOf(digestOf(1).digest)))).toBeNull();
    // Timers run, too: a thread that waits for the lock would never come here.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(written).toBe(false);
  holder.stdin.write('let go');
  expect(await writing).toBe('created');
  expect(recordIn(await source.load(keyOf(digestOf(1).digest)))?.token.tokenId).toBe(token.id);
  await close();
});

it.each([[{ a: 1 }], [{ $1: 'ana' }], [['ana']], [Object.create(null)]])(
  'a parameter that is the object %j is refused, by every connection',
  async (value) => {
    const { store, close } = await openStoreUnderTest('sqlite');
    for (const kysely of [store.kysely, store.unsynced, store.reading]) {
      const query = sql`SELECT ${value} AS value`.execute(kysely);
      await expect(query).rejects.toThrow('A parameter of a query is an object');
    }
    await close();
  },
);

it('bytes, dates, yes and no are bound by every connection alike', async () => {
  const { store, close } = await openStoreUnderTest('sqlite');
  for (const kysely of [store.kysely, store.unsynced, store.reading]) {
    const { rows } = await sql`
      SELECT ${new Uint8Array([1])} AS bytes, ${new Date(0)} AS date, ${true} AS yes, ${null} AS absent`.execute(
      kysely,
    );
    expect(rows).toEqual([
      { bytes: new Uint8Array([1]), date: '1970-01-01T00:00:00.000Z', yes: 1, absent: null },
    ]);
  }
  await close();
});
