import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, inject, test } from 'vitest';
import { ayu, bearer, clientOf, signUp, verify } from './api-client.ts';
import { createDatabase } from './postgres.ts';
import { temporaryDirectory } from './run-directory.ts';
import { runLencana, type ServerProcess, startServer } from './server-process.ts';

const running: ServerProcess[] = [];

async function started(...options: Parameters<typeof startServer>): Promise<ServerProcess> {
  const server = await startServer(...options);
  running.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.kill()));
});

const modeOf = (path: string) => `0${(statSync(path).mode & 0o777).toString(8)}`;

/**
 * `lencana serve` that is expected not to start: it says why, without a stack trace. Exit code 2 for a setting
 * that cannot be kept, 1 for a world that does not let it start.
 */
async function refusal(env: Record<string, string>, code = 1): Promise<string> {
  const anywhere = { LENCANA_LISTEN: '127.0.0.1:0', LENCANA_VERIFY_LISTEN: '127.0.0.1:0' };
  const result = await runLencana(['serve'], { ...anywhere, ...env });
  expect(result.code, result.stdout + result.stderr).toBe(code);
  expect(result.stdout).not.toContain('"event":"listening"');
  expect(result.stderr).not.toMatch(/^\s+at /m);
  return result.stderr;
}

describe('a first start', () => {
  test.each(['sqlite', 'postgres'] as const)(
    'on %s makes a data directory that only its owner can read',
    async (database) => {
      const server = await started({ database });
      expect(modeOf(server.dataDir)).toBe('0700');
      const entries = readdirSync(server.dataDir, { recursive: true, withFileTypes: true });
      expect(entries.length).toBeGreaterThan(0);
      for (const entry of entries) {
        const path = join(entry.parentPath, entry.name);
        expect([entry.name, modeOf(path)]).toEqual([entry.name, entry.isDirectory() ? '0700' : '0600']);
      }
      await server.stop();
    },
  );

  test('keeps its files private in a directory that was there already, open to others', async () => {
    const dataDir = join(temporaryDirectory('open'), 'data');
    mkdirSync(dataDir, { mode: 0o755 });
    const server = await started({ dataDir });
    await signUp(server, ayu);
    const files = readdirSync(dataDir);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect([file, modeOf(join(dataDir, file))]).toEqual([file, '0600']);
  });

  test('says on standard output the set-up link, then where it listens, and nothing else there', async () => {
    const server = await started();
    const lines = server.stdout().trim().split('\n');
    expect(lines).toHaveLength(2);
    const [setUp, said] = lines.map((line) => JSON.parse(line));
    expect(setUp).toEqual({ event: 'set_up', url: server.setUpUrl() });
    expect(said).toMatchObject({ event: 'listening' });
    expect(new URL(said.public).port).not.toBe('0');
    expect(new URL(said.verification).hostname).toBe('127.0.0.1');
  });

  test('listens on unix sockets', async () => {
    const home = temporaryDirectory('s');
    const sockets = { public: join(home, 'public.sock'), verify: join(home, 'verify.sock') };
    const server = await started({
      env: {
        LENCANA_LISTEN: `unix:${sockets.public}`,
        LENCANA_VERIFY_LISTEN: `unix:${sockets.verify}`,
        LENCANA_PUBLIC_URL: 'http://localhost:8080',
      },
    });
    expect(await statusOver(sockets.public, '/api/v1/portal')).toBe(200);
    expect(await statusOver(sockets.verify, '/verify')).toBe(401);
    await server.kill();
    // A socket file that a killed server left behind does not keep the next one from starting.
    await server.start();
    expect(await statusOver(sockets.public, '/api/v1/portal')).toBe(200);
    await server.stop();
  });
});

describe('a stop', () => {
  test('by SIGTERM answers what is under way, exits 0, and the next start has everything', async () => {
    const server = await started();
    const ayus = await signUp(server, ayu);
    const making = Array.from({ length: 5 }, (_, at) => ayus.createToken({ name: `made ${at}` }));
    const made = await Promise.all(making);
    await server.stop();
    await server.start();
    for (const { secret } of made) expect((await verify(server, secret)).status).toBe(200);
    expect((await ayus.call('GET', '/api/v1/me')).status).toBe(200);
  });

  test('waits for no deletion that is not final yet, and the deletion stands', async () => {
    const server = await started({ env: { LENCANA_FRESHNESS_SECONDS: '60' } });
    const ayus = await signUp(server, ayu);
    const { token, secret } = await ayus.createToken({ name: 'leaked' });
    const deleting = ayus.call('DELETE', `/api/v1/tokens/${token.id}`).catch(() => null);
    await expect.poll(async () => (await verify(server, secret)).status).toBe(401);
    // It rejects after 15 seconds.
    await server.stop();
    await deleting;
    await server.start();
    expect((await verify(server, secret)).status).toBe(401);
  });

  test('by SIGINT is as clean', async () => {
    const server = await started();
    await server.kill('SIGINT');
    await server.start();
    await server.stop();
  });
});

describe('it refuses to start and says why', () => {
  let occupied: Server | undefined;
  afterEach(() => occupied?.close());

  test.each(['LENCANA_LISTEN', 'LENCANA_VERIFY_LISTEN'])('when the port of %s is taken', async (setting) => {
    const holder = createServer();
    occupied = holder;
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const address = `127.0.0.1:${(holder.address() as AddressInfo).port}`;
    const said = await refusal({ LENCANA_DATA_DIR: temporaryDirectory('data'), [setting]: address });
    expect(said).toContain(address);
    expect(said).toMatch(/in use|taken/i);
  });

  test('when the data directory cannot be made', async () => {
    const file = join(temporaryDirectory('data'), 'a-file');
    writeFileSync(file, 'not a directory');
    const said = await refusal({ LENCANA_DATA_DIR: join(file, 'data') });
    expect(said).toContain('LENCANA_DATA_DIR');
  });

  test.each([
    ['the data directory', (dataDir: string) => dataDir],
    ['its keys', (dataDir: string) => join(dataDir, 'keys.json')],
    ['its database', (dataDir: string) => join(dataDir, 'lencana.db')],
  ])('when others can write %s', async (_what, pathIn) => {
    const server = await started();
    await server.stop();
    const path = pathIn(server.dataDir);
    chmodSync(path, statSync(path).mode | 0o002);
    const said = await refusal({ LENCANA_DATA_DIR: server.dataDir });
    expect(said).toContain(`chmod o-w ${path}`);
    expect(said.trim().split('\n')).toHaveLength(1);
    chmodSync(path, statSync(path).mode & ~0o002);
    await server.start();
    await server.stop();
  });

  test('when others can write a certificate', async () => {
    const folder = temporaryDirectory('open');
    const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    for (const file of Object.values(files)) writeFileSync(file, '');
    chmodSync(folder, 0o777);
    const said = await refusal({
      LENCANA_DATA_DIR: temporaryDirectory('data'),
      LENCANA_TLS_CERT_FILE: files.cert,
      LENCANA_TLS_KEY_FILE: files.key,
    });
    expect(said).toContain(`chmod o-w ${folder}`);
  });

  test('when the data directory cannot be written', async () => {
    const dataDir = temporaryDirectory('data');
    chmodSync(dataDir, 0o500);
    // Root writes where it likes: there the refusal is for a path that the kernel itself keeps closed.
    const unwritable = process.getuid?.() === 0 ? '/sys/lencana' : dataDir;
    const said = await refusal({ LENCANA_DATA_DIR: unwritable });
    expect(said).toContain(unwritable);
  });

  // What each setting refuses is tested beside the configuration's reader.
  test.each([
    ['LENCANA_LISTEN', 'nowhere at all'],
    ['LENCANA_LISTENN', 'anything'],
  ])('when %s is %s', async (setting, value) => {
    const said = await refusal({ LENCANA_DATA_DIR: temporaryDirectory('data'), [setting]: value }, 2);
    expect(said).toContain(setting);
    expect(said.trim().split('\n')).toHaveLength(1);
  });

  test('but not for what a platform puts into its environment, which the log names once', async () => {
    const server = await started({
      env: {
        LENCANA_SERVICE_HOST: '10.96.14.3',
        LENCANA_PORT: 'tcp://10.96.14.3:8080',
        LENCANA_PORT_8080_TCP_ADDR: '10.96.14.3',
        LENCANA_BACKUP_BUCKET: 'nightly',
      },
      args: ['--workers', '2'],
    });
    const named = server
      .stderr()
      .split('\n')
      .filter((line) => line.includes('LENCANA_PORT_8080_TCP_ADDR'));
    expect(named).toHaveLength(1);
    expect(JSON.parse(named[0] ?? '').variables).toContain('LENCANA_BACKUP_BUCKET');
  });

  test('when PostgreSQL does not answer', async () => {
    const said = await refusal({
      LENCANA_DATA_DIR: temporaryDirectory('data'),
      LENCANA_DATABASE_URL: 'postgres://nobody:hidden-password@127.0.0.1:1/none',
    });
    expect(said).toMatch(/database|PostgreSQL/i);
    expect(said).not.toContain('hidden-password');
  });
});

describe('the keys', () => {
  test.each(['sqlite', 'postgres'] as const)(
    'of another node on the same %s database are refused, so that no token seems gone',
    async (database) => {
      const url = database === 'postgres' ? await createDatabase(inject('postgresUrl')) : undefined;
      const env = url === undefined ? {} : { LENCANA_DATABASE_URL: url };
      const server = await started({ env });
      await server.stop();
      const stranger = await started();
      await stranger.stop();
      for (const path of keyFiles(stranger.dataDir)) {
        copyFileSync(path, path.replace(stranger.dataDir, server.dataDir));
      }
      const said = await refusal({ ...env, LENCANA_DATA_DIR: server.dataDir });
      expect(said).toMatch(/keys file/i);
    },
  );

  test('are refused when the root key alone is another: what it sealed and signed would be void in silence', async () => {
    const server = await started();
    await server.stop();
    for (const path of keyFiles(server.dataDir)) {
      const keys = JSON.parse(readFileSync(path, 'utf8'));
      const root = Buffer.alloc(32, 1).toString('base64url');
      writeFileSync(path, JSON.stringify({ ...keys, root }));
    }
    expect(await refusal({ LENCANA_DATA_DIR: server.dataDir })).toContain('root key');
  });

  test('are refused when a file of them is cut off or empty', async () => {
    const server = await started();
    await server.stop();
    for (const path of keyFiles(server.dataDir)) {
      const whole = readFileSync(path);
      for (const damaged of [Buffer.alloc(0), whole.subarray(0, 7)]) {
        writeFileSync(path, damaged);
        expect(await refusal({ LENCANA_DATA_DIR: server.dataDir })).toContain(path);
      }
      writeFileSync(path, whole);
    }
    await server.start();
    await server.stop();
  });

  test('are not made anew for a database that has tokens under lost ones', async () => {
    const server = await started();
    const ayus = await signUp(server, ayu);
    const { secret } = await ayus.createToken({ name: 'mine' });
    await server.stop();
    const lost = keyFiles(server.dataDir).map((path) => [path, readFileSync(path)] as const);
    for (const [path] of lost) rmSync(path);
    await refusal({ LENCANA_DATA_DIR: server.dataDir });
    for (const [path, key] of lost) writeFileSync(path, key, { mode: 0o600 });
    await server.start();
    expect((await verify(server, secret)).status).toBe(200);
  });
});

describe('many nodes on one PostgreSQL', () => {
  test('that share their keys share their tokens, and one refuses at once what the other revoked', async () => {
    const url = await createDatabase(inject('postgresUrl'));
    const one = await started({ env: { LENCANA_DATABASE_URL: url } });
    const other = await started({
      env: {
        LENCANA_DATABASE_URL: url,
        LENCANA_DATA_DIR: one.dataDir,
        LENCANA_PUBLIC_URL: one.publicUrl,
      },
    });
    const ayus = await signUp(one, ayu);
    const { token, secret } = await ayus.createToken({ name: 'everywhere' });
    expect((await verify(other, secret)).status).toBe(200);
    expect((await ayus.call('DELETE', `/api/v1/tokens/${token.id}`)).status).toBe(200);
    expect((await verify(other, secret)).status).toBe(401);
    expect((await verify(one, secret)).status).toBe(401);
    expect((await clientOf(one, bearer(secret)).call('GET', '/api/v1/me')).status).toBe(401);
  });
});

function keyFiles(dataDir: string): string[] {
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && /key/i.test(join(entry.parentPath.slice(dataDir.length), entry.name)),
    )
    .map((entry) => join(entry.parentPath, entry.name));
  expect(files.length).toBeGreaterThan(0);
  return files;
}

function statusOver(socketPath: string, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end();
  });
}
