/**
 * `npm run test:runtimes`: what service owners install, on the runtimes that they run. Installs those first, from a lockfile of
 * their own; one that is not there fails the run, for a test that was skipped proves nothing. Arguments go on to Vitest.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pinnedNode, repositoryRoot } from '../run-directory.ts';
import { missingRuntimes } from './runtimes.ts';

const folder = join(repositoryRoot, 'tests', 'runtimes', 'engines');
const installed = spawnSync('npm', ['ci', '--ignore-scripts', '--prefer-offline'], {
  cwd: folder,
  stdio: 'inherit',
});
if (installed.status !== 0) process.exit(1);
const missing = missingRuntimes();
if (missing.length > 0) {
  process.stderr.write(
    `Not installed: ${missing.join(', ')}. Those of tests/runtimes/engines are those for Linux x64.\n`,
  );
  process.exit(1);
}

const vitest = join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
const config = join('tests', 'runtimes', 'vitest.config.ts');
const run = spawnSync(
  pinnedNode,
  [vitest, 'run', '--config', config, '--root', '.', ...process.argv.slice(2)],
  { cwd: repositoryRoot, stdio: 'inherit' },
);
process.exit(run.status ?? 1);
