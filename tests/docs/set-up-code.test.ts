/** What docs/operate/accounts.md says of the first administrator, for a portal that is reached through a proxy. */
import { expect, onTestFinished, test } from 'vitest';
import { ayu, clientOf } from '../api-client.ts';
import { startServer } from '../server-process.ts';

test('the set-up code that the server prints makes the first administrator through a proxy, and nothing else does', async () => {
  const server = await startServer();
  onTestFinished(() => server.stop());
  const code = /set-up code: ([0-9A-Z-]{19})$/m.exec(server.stderr())?.[1];
  const headers = { 'x-forwarded-for': '203.0.113.7' };
  const signUp = (body: object) =>
    clientOf(server).call('POST', '/api/auth/sign-up/email', { headers, body });
  expect((await signUp(ayu)).body).toMatchObject({ code: 'SETUP_CODE_REQUIRED' });
  const wrong = await signUp({ ...ayu, setupCode: '2222-2222-2222-2222' });
  expect(wrong.body).toMatchObject({ code: 'SETUP_CODE_WRONG' });
  const made = await signUp({ ...ayu, setupCode: code });
  expect(made).toMatchObject({ status: 200, body: { user: { role: 'administrator' } } });
});
