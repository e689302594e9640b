/** What was measured, and on what. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { pinnedNode, repositoryRoot } from '../tests/run-directory.ts';
import { peerVersions } from './peers.ts';

/** Over the last minute: on an idle machine near 0. */
const [loadAtStart = 0] = loadavg();

export function machine(): Record<string, string> {
  return {
    commit: output('git', ['describe', '--always', '--dirty']),
    lencana: output(pinnedNode, ['-p', "require('./packages/server/package.json').version"]),
    node: output(pinnedNode, ['--version']),
    sqlite: output(pinnedNode, ['-p', 'process.versions.sqlite']),
    npm: output('npm', ['--version']),
    ...peerVersions(),
    processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB`,
    kernel: release(),
    'others at the start': `load average ${loadAtStart.toFixed(2)}`,
  };
}

function output(command: string, args: string[]): string {
  try {
    return execFileSync(command, args, { cwd: repositoryRoot, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
