/** The README's own command, as a supervisor runs it: what ends npm ends the server, cleanly. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { builtPortal } from './e2e/portal-build.ts';
import { reapWithRun, repositoryRoot, temporaryDirectory } from './run-directory.ts';

test('`npm start` prints the set-up link, and a signal to it stops the server behind it and comes back as exit code 0', async () => {
  // Else npm would build it beside other tests that use it.
  await builtPortal();
  const { PATH = '', HOME = '' } = process.env;
  const npm = spawn('npm', ['start'], {
    cwd: repositoryRoot,
    env: {
      PATH,
      HOME,
      LENCANA_LISTEN: '127.0.0.1:0',
      LENCANA_VERIFY_LISTEN: '127.0.0.1:0',
      LENCANA_DATA_DIR: temporaryDirectory('npm-start'),
    },
  });
  reapWithRun(npm);
  let stdout = '';
  let stderr = '';
  npm.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  for await (const chunk of npm.stdout) {
    stdout += chunk;
    if (stdout.includes('"listening"')) break;
  }
  const events = stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  const [{ url }, { verification }] = events;
  expect(url).toMatch(/^http:\/\/localhost:\d+\/sign-up#code=[0-9A-Z-]{19}$/);
  // Once, in a line of its own that a terminal makes a link of.
  expect(stderr.split('\n').filter((line) => line.includes(url))).toEqual([
    expect.stringMatching(/^\s+http\S+$/),
  ]);
  expect((await fetch(`${verification}/healthz`)).status).toBe(200);
  npm.kill('SIGTERM');
  const [code] = await once(npm, 'exit');
  expect([code, stderr]).toEqual([0, expect.stringContaining('"stopped"')]);
  await expect(fetch(`${verification}/healthz`)).rejects.toThrow();
});
