/** A database that cannot be written: changes are refused by a code that says so, and all is well when it ends. */
import pg from 'pg';
import { afterAll, expect, inject, test } from 'vitest';
import { ayu, signUp, verify } from './api-client.ts';
import { createDatabase } from './postgres.ts';
import { startServer } from './server-process.ts';

const url = await createDatabase(inject('postgresUrl'));
const server = await startServer({ env: { LENCANA_DATABASE_URL: url } });
const name = new URL(url).pathname.slice(1);
const admin = new pg.Client({ connectionString: inject('postgresUrl') });
await admin.connect();
afterAll(async () => {
  await admin.end();
  await server.kill();
});

test('PostgreSQL that turns read-only lets nobody in and changes nothing; then everything works again by itself', async () => {
  const person = await signUp(server, ayu);
  const { secret } = await person.createToken({ name: 'before' });
  expect((await verify(server, secret)).status).toBe(200);
  await admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  await admin.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1', [
    name,
  ]);
  await expect.poll(async () => (await verify(server, secret)).status, { timeout: 20_000 }).toBe(503);
  await expect
    .poll(
      async () => {
        const { status, body } = await person.call('POST', '/api/v1/tokens', { body: { name: 'during' } });
        return [status, (body as { code: string }).code];
      },
      { timeout: 20_000 },
    )
    .toEqual([503, 'storage_read_only']);
  expect(server.stderr()).toContain('read-only transaction');
  // Connections that were made meanwhile stay read-only for good: none of them is used again.
  await admin.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
  await expect.poll(async () => (await verify(server, secret)).status, { timeout: 20_000 }).toBe(200);
  const attempts: number[] = [];
  for (let at = 0; at < 12; at++) {
    attempts.push((await person.call('POST', '/api/v1/tokens', { body: { name: `after ${at}` } })).status);
  }
  expect(attempts.slice(-1)).toEqual([201]);
  const names = (await person.call('GET', '/api/v1/tokens')).text;
  expect(names).toContain('"before"');
  expect(names).not.toContain('"during"');
});
