/** What becomes of this process when PostgreSQL ends its connections. */
import { expect, inject, test } from 'vitest';
import { createDatabase } from '../../../../tests/postgres.ts';
import { openPostgres } from './postgres.ts';

async function opened() {
  const lost: Error[] = [];
  const engine = openPostgres(await createDatabase(inject('postgresUrl')), (error) => lost.push(error));
  const end = (pid: number) => engine.pool.query('SELECT pg_terminate_backend($1)', [pid]);
  const client = await engine.pool.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return { engine, lost, client, end: () => end(rows[0]?.pid ?? 0) };
}

test('a connection that ends while it is in use ends nothing else', async () => {
  const { engine, client, end } = await opened();
  const gone = new Promise((resolve) => client.once('end', resolve));
  await end();
  await gone;
  await expect(client.query('SELECT 1')).rejects.toThrow();
  client.release(true);
  expect((await engine.pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  await engine.close();
});

test('one that ends while nobody uses it is told of in a few words', async () => {
  const { engine, lost, client, end } = await opened();
  // Another connection, so that the one to be ended is idle.
  const other = await engine.pool.connect();
  client.release();
  other.release();
  const gone = new Promise((resolve) => client.once('end', resolve));
  await end();
  await gone;
  await expect.poll(() => lost).toHaveLength(1);
  expect(Object.keys(lost[0] ?? {})).toEqual([]);
  await engine.close();
});
