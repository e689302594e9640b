/** A driver tells of a lost connection in many words; whoever asks hears of none of them, only that nothing is certain. */
import { Client } from 'pg';
import { expect, inject, test } from 'vitest';
import { createDatabase } from '../../../../../tests/postgres.ts';
import { isDatabaseOutage } from './outage.ts';

test('a connection that is lost between two statements of a transaction is an outage, for the statement after it too', async () => {
  const url = await createDatabase(inject('postgresUrl'));
  const [client, other] = [new Client(url), new Client(url)];
  client.on('error', () => {});
  await Promise.all([client.connect(), other.connect()]);
  await client.query('BEGIN');
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  const ended = new Promise((resolve) => client.once('end', resolve));
  await other.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
  await other.end();
  await ended;
  for (const statement of ['SELECT 1', 'ROLLBACK']) {
    await expect(client.query(statement)).rejects.toSatisfy(isDatabaseOutage);
  }
});
