/** Installs what is measured beside Lencana, when it first runs and whenever its lockfile has changed; and starts it. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../tests/run-directory.ts';

const folder = join(repositoryRoot, 'bench', 'peers');
const installed = join(folder, 'node_modules', '.package-lock.json');

export async function installPeers(): Promise<void> {
  const lockfile = join(folder, 'package-lock.json');
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lockfile).mtimeMs) return;
  process.stderr.write('Installing what is measured beside Lencana …\n');
  await promisify(execFile)('npm', ['ci', '--ignore-scripts'], { cwd: folder, timeout: 300_000 });
}

/** Name to version, as installed; empty before that. */
export function peerVersions(): Record<string, string> {
  if (!existsSync(installed)) return {};
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const versionOf = (name: string) =>
    JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')).version as string;
  return Object.fromEntries(Object.keys(dependencies).map((name) => [name, versionOf(name)]));
}
