/** `npm ci` in a clean clone of the last commit. What npm has in its cache already it does not fetch again. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { repositoryRoot, temporaryDirectory } from '../tests/run-directory.ts';
import type { Row } from './row.ts';

const timeoutMs = 300_000;
const run = promisify(execFile);

export async function measureInstall(): Promise<Row[]> {
  const clone = temporaryDirectory('clone');
  await run('git', ['clone', '--quiet', repositoryRoot, clone]);
  const startedAtMs = performance.now();
  await run('npm', ['ci'], { cwd: clone, timeout: timeoutMs });
  const seconds = Math.round((performance.now() - startedAtMs) / 100) / 10;
  const { stdout } = await run('du', ['-sm', 'node_modules'], { cwd: clone });
  const megabytes = Number.parseInt(stdout, 10);
  return [
    { name: 'npm ci', value: seconds, unit: 's', note: `clean clone, npm’s cache as it is; ${megabytes} MB` },
  ];
}
