/** `lencana serve --workers`: a real node of several processes, and what becomes of it when one is killed, renewed or stopped. */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ayu, bearer, signUp } from './api-client.ts';
import { makeCertificate, writeCertificate } from './certificates.ts';
import { temporaryDirectory } from './run-directory.ts';
import { runLencana, type ServerOptions, type ServerProcess, startServer } from './server-process.ts';

const running: ServerProcess[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.kill()));
});

async function started(options: ServerOptions = {}): Promise<ServerProcess> {
  const server = await startServer({ args: ['--workers', '2'], ...options });
  running.push(server);
  return server;
}

type LogLine = { msg?: string; worker?: number; pid?: number; reqId?: string; path?: string };

const logOf = (server: ServerProcess): LogLine[] =>
  server
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

/** Of all workers that ever answered, in the order in which they did. */
const workerPids = (server: ServerProcess) =>
  logOf(server).flatMap(({ msg, pid }) => (msg === 'a worker answers' && pid !== undefined ? [pid] : []));

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const statusOf = (sent: ReturnType<typeof request>) =>
  new Promise<number | undefined>((resolve, reject) => {
    sent.once('error', reject).once('response', (response: IncomingMessage) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    sent.end();
  });

/** Over a connection of its own, so that the next worker gets it. */
const verifyAnew = (server: ServerProcess, secret: string) =>
  statusOf(request(`${server.verificationUrl}/verify`, { agent: false, headers: bearer(secret) }));

describe.each(['sqlite', 'postgres'] as const)('two workers on %s', (database) => {
  test('answer in turn, refuse at once what was deleted through the portal, and count as one', async () => {
    const server = await started({ database, env: { LENCANA_LOG_LEVEL: 'debug' } });
    expect(server.stdout().trim().split('\n')).toHaveLength(2);
    expect(workerPids(server)).toHaveLength(2);
    const ayus = await signUp(server, ayu);
    const { token, secret } = await ayus.createToken({ name: 'ci' });
    const ask = async (count: number) => {
      const statuses: (number | undefined)[] = [];
      for (let asked = 0; asked < count; asked += 1) statuses.push(await verifyAnew(server, secret));
      return new Set(statuses);
    };
    expect(await ask(8)).toEqual(new Set([200]));
    expect((await ayus.call('DELETE', `/api/v1/tokens/${token.id}`)).status).toBe(200);
    expect(await ask(8)).toEqual(new Set([401]));
    const answered = () => logOf(server).filter(({ path }) => path === '/verify');
    await expect.poll(() => new Set(answered().map(({ reqId }) => reqId)).size).toBe(16);
    expect(new Set(answered().map(({ worker }) => worker))).toEqual(new Set([1, 2]));
    const metrics = await (await fetch(`${server.verificationUrl}/metrics`)).text();
    expect(metrics).toMatch(/^lencana_verdicts_total\{outcome="active",reason="none"\} 8$/m);
    expect(metrics).toMatch(/^lencana_verdicts_total\{outcome="refused",reason="revoked"\} 8$/m);
    await server.stop();
    expect(workerPids(server).filter(isAlive)).toEqual([]);
  });
});

test('a worker hears of a deletion at once, not when it would have looked again', async () => {
  // They look every twenty seconds of their own accord, and the deletion is answered after sixty.
  const server = await started({ env: { LENCANA_FRESHNESS_SECONDS: '60' } });
  const ayus = await signUp(server, ayu);
  const { token, secret } = await ayus.createToken({ name: 'ci' });
  for (let asked = 0; asked < 4; asked += 1) expect(await verifyAnew(server, secret)).toBe(200);
  const deleted = ayus.call('DELETE', `/api/v1/tokens/${token.id}`).catch(() => 'cut off');
  const both = async () => [await verifyAnew(server, secret), await verifyAnew(server, secret)];
  await expect.poll(both, { timeout: 8000 }).toEqual([401, 401]);
  await server.kill();
  expect(await deleted).toBe('cut off');
});

test('a worker that is killed is replaced while the others answer', async () => {
  const server = await started();
  const [one = 0] = workerPids(server);
  process.kill(one, 'SIGKILL');
  await expect.poll(() => workerPids(server), { timeout: 20_000 }).toHaveLength(3);
  expect(server.stderr()).toContain('a worker ended and is replaced');
  for (let asked = 0; asked < 4; asked += 1) expect(await verifyAnew(server, 'x')).toBe(401);
  await server.stop();
});

test('all workers killed at once come back where they were', async () => {
  const server = await started();
  for (const pid of workerPids(server)) process.kill(pid, 'SIGKILL');
  await expect.poll(() => workerPids(server), { timeout: 20_000 }).toHaveLength(4);
  expect(await verifyAnew(server, 'x')).toBe(401);
});

test('a first process that is killed takes its workers with it', async () => {
  const server = await started();
  const pids = workerPids(server);
  expect(pids.map(isAlive)).toEqual([true, true]);
  await server.kill('SIGKILL');
  await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
});

test('SIGTERM lets a worker answer what is under way', async () => {
  const server = await started();
  const { port, hostname } = new URL(server.verificationUrl);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const head = 'POST /introspect HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n';
  // The server says that it has begun to listen to this request, so that the stop finds it under way.
  socket.write(`${head}Expect: 100-continue\r\nContent-Length: 7\r\n\r\n`);
  await expect.poll(() => answer).toContain('100 Continue');
  const stopped = server.stop();
  await expect.poll(server.stderr).toContain('"stopping"');
  socket.write('token=x');
  await closed;
  expect(answer).toContain('HTTP/1.1 401');
  await stopped;
});

test('SIGTERM to a worker alone has it replaced, and nothing fails', async () => {
  const server = await started();
  process.kill(workerPids(server)[0] ?? 0, 'SIGTERM');
  await expect.poll(() => workerPids(server), { timeout: 20_000 }).toHaveLength(3);
  await server.stop();
});

test('they share a socket file, with the mode that the operator’s umask gives it', async () => {
  const path = join(temporaryDirectory('s'), 'verify.sock');
  const server = await started({ env: { LENCANA_VERIFY_LISTEN: `unix:${path}` } });
  expect(statSync(path).mode & 0o777).toBe(0o777 & ~process.umask());
  const statuses = [1, 2, 3].map(() =>
    statusOf(request({ socketPath: path, path: '/verify', agent: false })),
  );
  expect(await Promise.all(statuses)).toEqual([401, 401, 401]);
  await server.kill();
  // Killed, it leaves the file behind; the next start takes it away.
  expect(existsSync(path)).toBe(true);
  await server.start();
  expect(await statusOf(request({ socketPath: path, path: '/verify', agent: false }))).toBe(401);
  await server.stop();
});

test('they speak TLS, and all take a renewed certificate at SIGHUP', async () => {
  const before = await makeCertificate();
  const files = writeCertificate(before);
  const server = await started({
    env: { LENCANA_VERIFY_TLS_CERT_FILE: files.certFile, LENCANA_VERIFY_TLS_KEY_FILE: files.keyFile },
  });
  const trusts = (ca: string) =>
    statusOf(tlsRequest(`${server.verificationUrl}/verify`, { ca, agent: false })).catch(() => 'refused');
  expect(await Promise.all([1, 2].map(() => trusts(before.cert)))).toEqual([401, 401]);
  const after = await makeCertificate();
  writeFileSync(files.certFile, after.cert);
  writeFileSync(files.keyFile, after.key);
  server.send('SIGHUP');
  const renewed = () => logOf(server).filter(({ msg }) => msg === 'the certificate was read again');
  await expect.poll(() => new Set(renewed().map(({ worker }) => worker))).toEqual(new Set([1, 2]));
  expect(await Promise.all([1, 2].map(() => trusts(before.cert)))).toEqual(['refused', 'refused']);
  expect(await Promise.all([1, 2].map(() => trusts(after.cert)))).toEqual([401, 401]);
  await server.stop();
});

test('a port that is taken is said once, with exit code 1', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  const taken = `127.0.0.1:${(holder.address() as AddressInfo).port}`;
  const refused = await runLencana(['serve', '--workers', '2'], {
    LENCANA_DATA_DIR: temporaryDirectory('data'),
    LENCANA_LISTEN: '127.0.0.1:0',
    LENCANA_VERIFY_LISTEN: taken,
  });
  holder.close();
  expect([refused.code, refused.stdout]).toEqual([1, '']);
  expect(refused.stderr).toBe(
    `lencana: ${taken} is in use by another program. Stop it, or set LENCANA_VERIFY_LISTEN to another address.\n`,
  );
});

test('an invalid number of workers is wrong use', async () => {
  const refused = await runLencana(['serve', '--workers', 'many'], {
    LENCANA_DATA_DIR: temporaryDirectory('data'),
  });
  expect([refused.code, refused.stdout]).toEqual([2, '']);
  expect(refused.stderr).toContain('--workers=many');
});
