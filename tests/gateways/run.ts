/**
 * `npm run test:gateways`: the gateway tests with the gateways of this machine. A gateway that is not installed fails
 * the run, for a test that was skipped proves nothing. Arguments go on to Vitest.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pinnedNode, repositoryRoot } from '../run-directory.ts';

// Where Debian keeps nginx is not on the path of everybody.
process.env.PATH = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin`;
for (const gateway of ['nginx', 'haproxy', 'pgbouncer']) {
  const found = spawnSync(gateway, [gateway === 'pgbouncer' ? '--version' : '-v'], { encoding: 'utf8' });
  if (found.error) {
    process.stderr.write(
      `The gateway tests need ${gateway}, which is not installed here.\n` +
        `On Debian or Ubuntu: apt-get update && apt-get install -y ${gateway}\n` +
        `On macOS: brew install ${gateway}\n`,
    );
    process.exit(1);
  }
  process.stderr.write(`${(found.stdout + found.stderr).split('\n')[0]}\n`);
}

const vitest = join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs');
const config = join('tests', 'gateways', 'vitest.config.ts');
const run = spawnSync(
  pinnedNode,
  [vitest, 'run', '--config', config, '--root', '.', ...process.argv.slice(2)],
  {
    cwd: repositoryRoot,
    stdio: 'inherit',
  },
);
process.exit(run.status ?? 1);
