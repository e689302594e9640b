/** The library inside a service, against a real node: what its verifier saw reaches the holder and the audit trail. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createVerifier } from '@lencana/verifier';
import { expect, onTestFinished, test } from 'vitest';
import { ayu, signUp } from './api-client.ts';
import { startServer } from './server-process.ts';

test('a use is seen as last used, and a refusal is in the audit trail, with the address and client that the service named', async () => {
  const server = await startServer();
  onTestFinished(() => server.kill());
  const holder = await signUp(server, ayu);
  const { token, secret } = await holder.createToken({ name: 'first' });
  const made = await server.cli(['client', 'create', '--name', 'reports', '--json']);
  const { client_id: id, client_secret: clientSecret } = JSON.parse(made.stdout);
  const verifier = createVerifier({ url: server.verificationUrl, credential: { id, secret: clientSecret } });
  onTestFinished(() => verifier.close());
  const from = { address: '192.0.2.7', agent: 'reports/1.0' };
  expect((await verifier.verify(secret, from)).outcome).toBe('active');
  const listed = async () => (await holder.call('GET', `/api/v1/tokens/${token.id}`)).body;
  const lastUse = { last_used_address: from.address, last_used_client: from.agent };
  await expect.poll(listed, { timeout: 20_000 }).toMatchObject({ token: lastUse });

  await holder.call('DELETE', `/api/v1/tokens/${token.id}`);
  for (let at = 0; at < 3; at++) {
    expect(await verifier.verify(secret, from)).toMatchObject({ outcome: 'refused', reason: 'revoked' });
  }
  await verifier.close();
  await server.stop();
  const database = new DatabaseSync(join(server.dataDir, 'lencana.db'), { readOnly: true });
  onTestFinished(() => database.close());
  const rows = database
    .prepare(`SELECT * FROM audit_events WHERE action = 'token.refuse' AND subject_id = ?`)
    .all(token.id);
  expect(rows).toMatchObject([{ address: from.address, agent: from.agent }]);
  expect(JSON.parse(String(rows[0]?.details))).toMatchObject({ reason: 'revoked', count: 3 });
});
