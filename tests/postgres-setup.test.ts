/** What an operator can set right about PostgreSQL is told in one sentence, without a stack and without the password. */
import { createServer, type Server } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Client } from 'pg';
import { afterAll, expect, inject, test } from 'vitest';
import { makeCertificate } from './certificates.ts';
import { createDatabase } from './postgres.ts';
import { temporaryDirectory } from './run-directory.ts';
import { runLencana } from './server-process.ts';

const given = new URL(await createDatabase(inject('postgresUrl')));

async function said(url: URL): Promise<string> {
  const env = { LENCANA_DATA_DIR: temporaryDirectory('data'), LENCANA_DATABASE_URL: url.href };
  const { code, stderr } = await runLencana(['migrate'], env);
  expect([code, stderr.trim().split('\n').length], stderr).toEqual([1, 1]);
  expect(stderr).toMatch(/^lencana: .*\.\n$/);
  expect(stderr).not.toContain(given.password);
  return stderr;
}

const changed = (change: Partial<URL>, query = '') => {
  const url = Object.assign(new URL(given.href), change) as URL;
  url.search = query;
  return url;
};

test('a wrong password', async () => {
  expect(await said(changed({ password: 'wrong' }))).toContain(
    'correct user and password in LENCANA_DATABASE_URL',
  );
});

test('no password', async () => {
  expect(await said(changed({ password: '' }))).toContain('postgres://user:password@host/database');
});

test('an unknown database', async () => {
  expect(await said(changed({ pathname: '/nowhere' }))).toContain('CREATE DATABASE');
});

test('a host that does not exist', async () => {
  expect(await said(changed({ hostname: 'nowhere.invalid' }))).toContain('Check LENCANA_DATABASE_URL');
});

test('no TLS at the other end', async () => {
  expect(await said(changed({}, '?sslmode=verify-full'))).toContain('leave sslmode out');
});

test('a file of certificates that is not there', async () => {
  expect(await said(changed({}, '?sslmode=verify-full&sslrootcert=/nowhere/ca.pem'))).toContain(
    '/nowhere/ca.pem',
  );
});

test('a user who may not make tables', async () => {
  const admin = new Client({ connectionString: given.href });
  await admin.connect();
  await admin.query("CREATE ROLE guest LOGIN PASSWORD 'guest-password'");
  await admin.query('REVOKE CREATE ON SCHEMA public FROM PUBLIC');
  await admin.end();
  expect(await said(changed({ username: 'guest', password: 'guest-password' }))).toContain(
    'GRANT CREATE, USAGE ON SCHEMA public',
  );
});

let tls: Server | undefined;
afterAll(() => tls?.close());

test('a certificate that nobody known here has signed', async () => {
  const { cert, key } = await makeCertificate();
  // The first bytes of PostgreSQL's protocol: a request for TLS, a yes, the handshake.
  tls = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write('S');
      new TLSSocket(socket, { isServer: true, cert, key }).on('error', () => {});
    });
  });
  await new Promise<void>((resolve) => tls?.listen(0, '127.0.0.1', resolve));
  const address = tls.address();
  const port = String(typeof address === 'object' && address ? address.port : 0);
  expect(await said(changed({ port, hostname: '127.0.0.1' }, '?sslmode=verify-full'))).toContain(
    'sslrootcert=',
  );
});
