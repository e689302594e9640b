/**
 * Cleans up after a test run: waits until standard input closes (the run has ended, or was killed), then ends
 * the processes listed in `<run directory>/processes` and removes the directory. Started by run-directory.ts.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

const directory = process.argv[2] ?? '';
if (!basename(directory).startsWith('lencana-test-')) throw new Error('usage: reaper.ts <run directory>');

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.stdin.on('error', () => undefined);
process.stdin.on('end', () => void reap());
process.stdin.resume();

async function reap(): Promise<void> {
  const processes = join(directory, 'processes');
  const pids = existsSync(processes) ? readdirSync(processes) : [];
  for (const pid of pids) {
    const signal = readFileSync(join(processes, pid), 'utf8') === 'SIGQUIT' ? 'SIGQUIT' : 'SIGKILL';
    send(Number(pid), signal);
  }
  for (let waitedMs = 0; waitedMs < 5000 && pids.some((pid) => send(Number(pid), 0)); waitedMs += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const pid of pids) send(Number(pid), 'SIGKILL');
  rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Whether the process was there to get the signal. */
function send(pid: number, signal: 'SIGQUIT' | 'SIGKILL' | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
