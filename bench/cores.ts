/**
 * Which core a process runs on, and how busy it kept it. The measured server has the first core that this process may
 * use to itself, what loads it the second. Where there is no `taskset`, or one core only, nothing is pinned and the
 * table says so.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export type Place = 'server' | 'load';

const cores = allowedCores();
let pinned = cores.length >= 2;

/** All threads that the process has by now; those it starts later go with them. */
export function pin(pid: number, place: Place): void {
  if (!pinned) return;
  try {
    const core = String(cores[place === 'server' ? 0 : 1]);
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', core, String(pid)], { stdio: 'ignore' });
  } catch {
    pinned = false;
  }
}

export function pinning(): string {
  return pinned
    ? `each server under load alone on core ${cores[0]}, what loads it on core ${cores[1]}`
    : 'not pinned: no taskset here, or one core only; server and load took turns on the same cores';
}

/** Processor time that the process has used so far, in seconds; NaN where /proc does not tell. */
export function processorSeconds(pid: number): number {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const spentNs = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'));
    return spentNs.reduce((sum, line) => sum + Number(line.split(' ')[0]), 0) / 1e9;
  } catch {
    return Number.NaN;
  }
}

function allowedCores(): number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
    return list.split(',').flatMap((part) => {
      const [from = 0, to = from] = part.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, at) => from + at);
    });
  } catch {
    return [];
  }
}
