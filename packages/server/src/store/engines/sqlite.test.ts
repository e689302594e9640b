/** What only SQLite does: one writer at a time, across processes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
