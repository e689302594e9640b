/**
 * One temporary directory for one test run, and the promise that nothing of the run outlives it.
 *
 * Every directory and every process of the tests is made here. A reaper process waits for the run to end,
 * by whatever way (finished, interrupted, killed), then kills what was registered and removes the directory.
 * Not for anything that should be kept: caches live under node_modules/.cache.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const repositoryRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node that package-lock.json pins, whatever the machine's own `node` is. */
export const pinnedNode = join(repositoryRoot, 'node_modules', '.bin', 'node');

const variable = 'TESTS_RUN_DIRECTORY';

/**
 * The run's directory: made, with its reaper, by the first process that asks; child processes inherit it
 * through the environment. From then on it is also the temporary directory of everything the run starts.
 */
export function runDirectory(): string {
  const inherited = process.env[variable];
  if (inherited) return inherited;
  const directory = mkdtempSync(join(realpathSync(tmpdir()), 'lencana-test-'));
  mkdirSync(join(directory, 'processes'));
  mkdirSync(join(directory, 'tmp'));
  // PostgreSQL runs as another user when the tests run as root: it must get through, not look around.
  chmodSync(directory, 0o711);
  process.env[variable] = directory;
  process.env.TMPDIR = join(directory, 'tmp');
  // npm writes one there as its last act, which may come after the directory was removed.
  process.env.NODE_DISABLE_COMPILE_CACHE = '1';
  startReaper(directory);
  return directory;
}

/** A new empty directory, mode 0700, removed when the run ends. */
export function temporaryDirectory(name: string): string {
  return mkdtempSync(join(runDirectory(), `${name}-`));
}

/** Has the reaper send `signal` to the process when the run ends, should it still be alive then. */
export function reapWithRun(child: ChildProcess, signal: 'SIGKILL' | 'SIGQUIT' = 'SIGKILL'): void {
  if (child.pid === undefined) return;
  const entry = join(runDirectory(), 'processes', String(child.pid));
  writeFileSync(entry, signal);
  child.once('exit', () => rmSync(entry, { force: true }));
}

let reaper: ChildProcess | undefined;

/** Ends the run now rather than with the process: resolves when the reaper has cleaned up. */
export async function endRun(): Promise<void> {
  if (!reaper || reaper.exitCode !== null) return;
  const cleaned = new Promise((resolve) => reaper?.once('exit', resolve));
  reaper.ref();
  reaper.stdin?.end();
  await cleaned;
}

/** The reaper's standard input is the run's life line: the kernel closes it however this process ends. */
function startReaper(directory: string): void {
  reaper = spawn(pinnedNode, [join(repositoryRoot, 'tests', 'reaper.ts'), directory], {
    stdio: ['pipe', 'ignore', 'inherit'],
    detached: true,
  });
  reaper.on('error', (error) => console.error(`the tests' reaper did not start: ${error.message}`));
  reaper.unref();
  const lifeLine: unknown = reaper.stdin;
  if (lifeLine instanceof Socket) lifeLine.unref();
}
