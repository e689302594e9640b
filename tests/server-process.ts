/**
 * The real server as its operator runs it: `lencana serve` in a process of its own, with its own data directory
 * and ports, and the `lencana` commands with the same settings. It can be killed, stopped and started again.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createDatabase } from './postgres.ts';
import {
  pinnedNode,
  reapWithRun,
  repositoryRoot,
  runDirectory,
  temporaryDirectory,
} from './run-directory.ts';

export type ServerOptions = {
  /** More settings; each wins over what the harness sets. */
  env?: Record<string, string>;
  /** Arguments of `lencana serve`. */
  args?: string[];
  /** How many files and connections the process may have open. Default: as many as this one. */
  filesMax?: number;
  /** Default: a new temporary directory. */
  dataDir?: string;
  /** `postgres`: a new database on the run's PostgreSQL server. Default: `sqlite`. */
  database?: 'sqlite' | 'postgres';
};

export type CommandResult = { code: number | null; stdout: string; stderr: string };

export type ServerProcess = {
  /** Where browsers find it: http://localhost:<port> unless LENCANA_PUBLIC_URL says otherwise. */
  readonly publicUrl: string;
  /** Where programs on this machine find it, by address; no URL when it listens on a socket file or speaks TLS. */
  readonly localUrl: string;
  /** The verification listener's base URL. */
  readonly verificationUrl: string;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** The link that makes the first administrator, as the last start printed it; null when it printed none. */
  setUpUrl(): string | null;
  /** All it has written so far, over restarts too. */
  stdout(): string;
  stderr(): string;
  /** Of the process that was started last. */
  readonly pid: number;
  /** Sends a signal that does not end it. */
  send(signal: NodeJS.Signals): void;
  /** Ends it without a chance to tidy up; resolves when the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** SIGTERM; rejects unless it exits 0 within 15 seconds. */
  stop(): Promise<void>;
  /** Starts it again on the same data and the same ports; `changes` are settings that are other from then on. */
  start(changes?: Readonly<Record<string, string>>): Promise<void>;
  /** Runs a `lencana` command with the server's settings. */
  cli(args: string[], input?: string): Promise<CommandResult>;
};

const entry = join(repositoryRoot, 'packages', 'server', 'src', 'cli', 'lencana.ts');
const startTimeoutMs = 30_000;
const stopTimeoutMs = 15_000;

/** Rejects with what the server wrote when it exits, or does not listen within 30 seconds. */
export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const dataDir = options.dataDir ?? join(temporaryDirectory('server'), 'data');
  const env: Record<string, string> = {
    ...machineEnvironment(),
    LENCANA_LISTEN: '127.0.0.1:0',
    LENCANA_VERIFY_LISTEN: '127.0.0.1:0',
    LENCANA_DATA_DIR: dataDir,
    // Most tests are not about who may sign up.
    LENCANA_SIGN_UP: 'open',
    ...(options.database === 'postgres' ? { LENCANA_DATABASE_URL: await databaseOfRun() } : {}),
    ...options.env,
  };
  const output = { stdout: '', stderr: '' };
  let child: ChildProcess | undefined;
  let listening: Listening = { public: '', verification: '', setUpUrl: null };

  async function start(changes: Readonly<Record<string, string>> = {}): Promise<void> {
    Object.assign(env, changes);
    const started = spawnLencana(['serve', ...(options.args ?? [])], env, options.filesMax);
    child = started;
    const from = output.stdout.length;
    started.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text;
    });
    started.stderr?.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text;
    });
    listening = await untilListening(started, () => output.stdout.slice(from), output);
    // A later start must come back where browsers and tests already look for it.
    fixPort(env, 'LENCANA_LISTEN', listening.public);
    fixPort(env, 'LENCANA_VERIFY_LISTEN', listening.verification);
  }

  async function end(signal: NodeJS.Signals): Promise<number | null> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const running = child;
    const ended = new Promise<number | null>((resolve) => running.once('exit', (code) => resolve(code)));
    running.kill(signal);
    return await ended;
  }

  await start();
  return {
    get publicUrl() {
      return new URL(listening.public).origin;
    },
    get localUrl() {
      return `http://${env.LENCANA_LISTEN}`;
    },
    get verificationUrl() {
      return listening.verification;
    },
    dataDir,
    env,
    setUpUrl: () => listening.setUpUrl,
    get pid() {
      return child?.pid ?? 0;
    },
    send: (signal) => void child?.kill(signal),
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    start,
    async kill(signal = 'SIGKILL') {
      await end(signal);
    },
    async stop() {
      const timer = new AbortController();
      const late = delay(stopTimeoutMs, 'late' as const, { signal: timer.signal, ref: false }).catch(
        () => null,
      );
      const code = await Promise.race([end('SIGTERM'), late]);
      timer.abort();
      if (code !== 0) {
        await end('SIGKILL');
        throw new Error(`the server did not stop cleanly (${code}):\n${output.stderr.slice(-5000)}`);
      }
    },
    cli: (args, input) => runLencana(args, env, input),
  };
}

/** Runs a `lencana` command to its end; whatever its exit code, it is the caller's to judge. */
export function runLencana(
  args: string[],
  env: Record<string, string>,
  input?: string,
): Promise<CommandResult> {
  const child = spawnLencana(args, { ...machineEnvironment(), ...env });
  const result: CommandResult = { code: null, stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    result.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    result.stderr += text;
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ ...result, code }));
  });
}

function spawnLencana(args: string[], env: Record<string, string>, filesMax?: number): ChildProcess {
  const limited = filesMax === undefined ? [] : ['-c', `ulimit -n ${filesMax} && exec "$0" "$@"`];
  const [program, ...before] = filesMax === undefined ? [pinnedNode] : ['/bin/sh', ...limited, pinnedNode];
  const child = spawn(program as string, [...before, entry, ...args], {
    cwd: repositoryRoot,
    env,
    stdio: 'pipe',
  });
  reapWithRun(child);
  return child;
}

/**
 * The tester's own LENCANA_ settings must not reach a server under test. What Node made of the sources is kept for
 * the run: servers are started a hundred times, and half of a start is reading them.
 */
function machineEnvironment(): Record<string, string> {
  const kept = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ'];
  const inherited = kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  return { ...Object.fromEntries(inherited), NODE_COMPILE_CACHE: join(runDirectory(), 'compile-cache') };
}

async function databaseOfRun(): Promise<string> {
  const { inject } = await import('vitest');
  return await createDatabase(inject('postgresUrl'));
}

type Listening = { public: string; verification: string; setUpUrl: string | null };

function untilListening(
  child: ChildProcess,
  stdout: () => string,
  output: { stderr: string },
): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const give = (problem: string) =>
      reject(new Error(`the server ${problem}:\n${output.stderr.slice(-5000)}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      give(`was not listening after ${startTimeoutMs} ms`);
    }, startTimeoutMs);
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      give(`exited (${code ?? signal}) before it listened`);
    });
    child.stdout?.on('data', () => {
      const events = stdout()
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line));
      const listening = events.find(({ event }) => event === 'listening');
      if (!listening) return;
      clearTimeout(timer);
      resolve({ ...listening, setUpUrl: events.find(({ event }) => event === 'set_up')?.url ?? null });
    });
  });
}

/** Puts the port that the system chose into the setting that left it open. */
function fixPort(env: Record<string, string>, setting: string, url: string): void {
  env[setting] = env[setting]?.replace(/:0$/, `:${new URL(url).port}`) ?? '';
}
