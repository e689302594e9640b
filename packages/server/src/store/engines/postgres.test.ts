/** What becomes of this process when PostgreSQL ends its connections. */
import { sql } from 'kysely';
import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { createDatabase } from '../../../../../tests/postgres.ts';
import { openPostgres, type PostgresEngine } from './postgres.ts';

async function opened() {
  const url = await createDatabase(inject('postgresUrl'));
  const lost: Error[] = [];
  const engine = openPostgres(url, (error) => lost.push(error));
  /** Ends all connections but its own, and resolves when they are gone. */
  const endAll = async () => {
    const other = new pg.Client(url);
    await other.connect();
    const those = 'pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
    await other.query(`SELECT pg_terminate_backend(pid, 5000) FROM ${those}`);
    await other.end();
  };
  return { engine, lost, endAll };
}

const one = async ({ kysely }: PostgresEngine) => (await sql`SELECT 1 AS one`.execute(kysely)).rows;

test('a connection that ends while it is in use, between two queries, ends nothing else', async () => {
  const { engine, endAll } = await opened();
  const inUse = engine.kysely.connection().execute(async (connection) => {
    await sql`SELECT 1`.execute(connection);
    await endAll();
    await sql`SELECT 1`.execute(connection);
  });
  await expect(inUse).rejects.toThrow();
  expect(await one(engine)).toEqual([{ one: 1 }]);
  await engine.close();
});

test('one that ends while nobody uses it is told of in a few words', async () => {
  const { engine, lost, endAll } = await opened();
  await one(engine);
  await endAll();
  await expect.poll(() => lost).toHaveLength(1);
  expect(Object.keys(lost[0] ?? {})).toEqual([]);
  expect(await one(engine)).toEqual([{ one: 1 }]);
  await engine.close();
});
