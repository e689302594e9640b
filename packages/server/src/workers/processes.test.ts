/** The one thing about real processes that no line in memory can play: one that cannot be started at all. */
import cluster from 'node:cluster';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../../../../tests/run-directory.ts';
import { startWorkerProcess } from './processes.ts';

test('a worker that cannot be started is one that ended, and nothing else happens', async () => {
  // Where no process can be started: the folder to start it in is not there.
  cluster.setupPrimary({ cwd: join(temporaryDirectory('gone'), 'nowhere') });
  onTestFinished(() => cluster.setupPrimary({ cwd: process.cwd() }));
  const worker = startWorkerProcess({});
  const how = await new Promise<string>((resolve) => worker.onExit(resolve));
  expect(how).toMatch(/ENOENT/);
  worker.send({ kind: 'hint' } as never);
  worker.kill();
});
