/** TLS by the operator's own certificate files, on a real server: what it says, what it refuses, and a renewal by SIGHUP. */
import { writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { ayu, setUpCode } from './api-client.ts';
import { makeCertificate, writeCertificate } from './certificates.ts';
import { askHttps } from './https-client.ts';
import { temporaryDirectory } from './run-directory.ts';
import { runLencana, type ServerProcess, startServer } from './server-process.ts';

const running: ServerProcess[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.kill()));
});

const trusts = (url: string, ca: string) =>
  askHttps(url, ca).then(
    () => true,
    () => false,
  );

test('both listeners speak TLS, the portal’s own address begins with https and its cookies are marked secure', async () => {
  const [pub, verification] = [await makeCertificate(), await makeCertificate()];
  const [pubFiles, verificationFiles] = [pub, verification].map(writeCertificate);
  const server = await startServer({
    env: {
      LENCANA_TLS_CERT_FILE: pubFiles?.certFile ?? '',
      LENCANA_TLS_KEY_FILE: pubFiles?.keyFile ?? '',
      LENCANA_VERIFY_TLS_CERT_FILE: verificationFiles?.certFile ?? '',
      LENCANA_VERIFY_TLS_KEY_FILE: verificationFiles?.keyFile ?? '',
    },
  });
  running.push(server);
  expect(server.publicUrl).toMatch(/^https:\/\/localhost:\d+$/);
  expect(server.verificationUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const signedUp = await askHttps(`${server.publicUrl}/api/auth/sign-up/email`, pub.cert, {
    body: { ...ayu, ...setUpCode(server) },
  });
  expect(signedUp.status, signedUp.body).toBe(200);
  const cookies = signedUp.headers['set-cookie'] ?? [];
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) expect(cookie).toMatch(/^__Host-lencana-.*; Secure/);
  expect((await askHttps(`${server.verificationUrl}/verify`, verification.cert)).status).toBe(401);
  const invited = await server.cli(['user', 'invite', '--email', 'guest@example.com']);
  expect(invited.stdout).toContain(`${server.publicUrl}/sign-up#invitation=`);
  await server.stop();
});

test('SIGHUP has renewed files taken without a restart, and a broken renewal keeps what is in use', async () => {
  const before = await makeCertificate();
  const files = writeCertificate(before);
  const env = { LENCANA_VERIFY_TLS_CERT_FILE: files.certFile, LENCANA_VERIFY_TLS_KEY_FILE: files.keyFile };
  const server = await startServer({ env });
  running.push(server);
  const { pid } = server;
  const url = `${server.verificationUrl}/healthz`;

  writeFileSync(files.certFile, 'half a');
  server.send('SIGHUP');
  await expect.poll(server.stderr).toContain('the old one stays in use');
  expect(await trusts(url, before.cert)).toBe(true);

  const after = await makeCertificate();
  writeFileSync(files.certFile, after.cert);
  writeFileSync(files.keyFile, after.key);
  server.send('SIGHUP');
  await expect.poll(server.stderr).toContain('the certificate was read again');
  expect([await trusts(url, before.cert), await trusts(url, after.cert)]).toEqual([false, true]);
  expect(server.pid).toBe(pid);
  await server.stop();
});

test.each([
  [{ LENCANA_TLS_CERT_FILE: '/nowhere/cert.pem' }, 2, 'LENCANA_TLS_KEY_FILE'],
  [{ LENCANA_VERIFY_TLS_KEY_FILE: '/nowhere/key.pem' }, 2, 'LENCANA_VERIFY_TLS_CERT_FILE'],
  [
    { LENCANA_TLS_CERT_FILE: '/nowhere/cert.pem', LENCANA_TLS_KEY_FILE: '/nowhere/key.pem' },
    1,
    '/nowhere/cert.pem: there is no such file',
  ],
])('%j does not start: exit code %i, and says %s', async (env, code, says) => {
  const here = { LENCANA_LISTEN: '127.0.0.1:0', LENCANA_VERIFY_LISTEN: '127.0.0.1:0' };
  const dataDir = { LENCANA_DATA_DIR: temporaryDirectory('data') };
  const refused = await runLencana(['serve'], { ...here, ...dataDir, ...env });
  expect([refused.code, refused.stdout]).toEqual([code, '']);
  expect(refused.stderr).toContain(says);
  expect(refused.stderr.trim().split('\n')).toHaveLength(1);
});
