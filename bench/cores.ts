/**
 * Which core a process runs on, and how busy it kept it. The measured server has the first core that this process may
 * use to itself, what loads it the second. Where there is no `taskset`, or one core only, nothing is pinned and the
 * table says so.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

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
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return Number.NaN;
  }
}

/** What Linux counts in, on every platform that Node has been built for. */
const ticksPerSecond = 100;

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
