/** What docs/operate/accounts.md says of the first administrator, for whoever opens the portal: here, or through any proxy. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ayu, budi, clientOf, setUpCode, signUp } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';

/** The setting as it is by default: the tests' own servers let everybody sign up. */
const byDefault = { env: { LENCANA_SIGN_UP: '' } };

async function started(...options: Parameters<typeof startServer>): Promise<ServerProcess> {
  const server = await startServer(...options);
  onTestFinished(() => server.kill());
  return server;
}

const signUpAs = (server: ServerProcess, body: object, headers = {}) =>
  clientOf(server).call('POST', '/api/auth/sign-up/email', { headers, body });

test.each([
  ['on this machine', {}],
  ['through a proxy', { 'x-forwarded-for': '203.0.113.7' }],
])(
  'the link that the server prints makes the first administrator %s, and nothing else does',
  async (_case, headers) => {
    const server = await started(byDefault);
    const url = server.setUpUrl() ?? '';
    expect(url).toMatch(/^http:\/\/localhost:\d+\/sign-up#code=[0-9A-Z-]{19}$/);
    expect(server.stderr()).toContain(url);
    expect((await signUpAs(server, ayu, headers)).body).toMatchObject({ code: 'SETUP_CODE_REQUIRED' });
    const wrong = await signUpAs(server, { ...ayu, setupCode: '2222-2222-2222-2222' }, headers);
    expect(wrong.body).toMatchObject({ code: 'SETUP_CODE_WRONG' });
    const made = await signUpAs(server, { ...ayu, ...setUpCode(server) }, headers);
    expect(made).toMatchObject({ status: 200, body: { user: { role: 'administrator' } } });
    // From here on an account needs an invitation, and the link makes none.
    const next = await signUpAs(server, { ...budi, ...setUpCode(server) }, headers);
    expect(next.body).toMatchObject({ code: 'INVITATION_REQUIRED' });
    const code = setUpCode(server).setupCode ?? '';
    const logged = server.stderr().split('\n');
    expect(logged.filter((line) => line.startsWith('{') && line.includes(code))).toEqual([]);
  },
);

test('the link is printed at each start until there is an administrator, and never again', async () => {
  const server = await started();
  await server.stop();
  await server.start();
  expect(server.setUpUrl()).not.toBeNull();
  await signUp(server, ayu);
  await server.stop();
  await server.start();
  expect(server.setUpUrl()).toBeNull();
  expect(server.stderr().split('\n').at(-2)).not.toContain('sign-up');
});

test('a restored or another database has another code, and takes none of before', async () => {
  const server = await started();
  const another = await started();
  expect(setUpCode(another)).not.toEqual(setUpCode(server));
  await server.stop();
  const copy = join(server.dataDir, 'copy.db');
  copyFileSync(join(server.dataDir, 'lencana.db'), copy);
  await server.start();
  const usedCode = setUpCode(server);
  await signUp(server, ayu);
  await server.stop();
  copyFileSync(copy, join(server.dataDir, 'lencana.db'));
  await server.start();
  expect((await signUpAs(server, { ...budi, ...usedCode })).body).toMatchObject({ code: 'SETUP_CODE_WRONG' });
  expect((await signUpAs(server, { ...budi, ...setUpCode(server) })).status).toBe(200);
});

test('nodes of one PostgreSQL print one link', async () => {
  const one = await started({ database: 'postgres' });
  const { LENCANA_DATABASE_URL = '', LENCANA_DATA_DIR = '' } = one.env;
  const two = await started({
    env: { LENCANA_DATABASE_URL, LENCANA_DATA_DIR, LENCANA_PUBLIC_URL: one.publicUrl },
  });
  expect(two.setUpUrl()).toBe(one.setUpUrl());
  await signUp(two, ayu);
  expect((await signUpAs(one, { ...budi, ...setUpCode(one) })).body).toMatchObject({
    user: { role: 'member' },
  });
});
