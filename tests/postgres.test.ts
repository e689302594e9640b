import { Client } from 'pg';
import { expect, inject, test } from 'vitest';
import { createDatabase } from './postgres.ts';

test('each test file gets an empty database of its own on one PostgreSQL 18', async () => {
  const [one, other] = [
    await createDatabase(inject('postgresUrl')),
    await createDatabase(inject('postgresUrl')),
  ];
  expect(one).not.toBe(other);
  const client = new Client({ connectionString: one });
  await client.connect();
  const version = await client.query<{ server_version: string }>('SHOW server_version');
  const durable = await client.query<{ fsync: string }>('SHOW fsync');
  await client.end();
  expect(version.rows[0]?.server_version).toMatch(/^18\./);
  expect(durable.rows[0]?.fsync).toBe('on');
});
