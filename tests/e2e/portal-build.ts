/**
 * The portal as users get it: built into packages/portal/dist. Builds it when that is missing or older than its
 * sources; test files that run at the same time wait for one build.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { pinnedNode, repositoryRoot, runDirectory } from '../run-directory.ts';

const portal = join(repositoryRoot, 'packages', 'portal');
const buildTimeoutMs = 120_000;

/** Rejects with the bundler's words when the portal does not build. */
export async function builtPortal(): Promise<void> {
  const claim = join(runDirectory(), 'portal-build');
  const done = join(claim, 'done');
  if (claimed(claim)) {
    try {
      await build();
      writeFileSync(done, '');
    } catch (error) {
      writeFileSync(done, String(error));
      throw error;
    }
    return;
  }
  for (let waitedMs = 0; !existsSync(done); waitedMs += 50) {
    if (waitedMs > buildTimeoutMs) throw new Error('the portal was not built in time');
    await delay(50);
  }
  if (statSync(done).size > 0) throw new Error('the portal does not build: see the first test that needs it');
}

/** Whoever makes the directory is the one that builds. */
function claimed(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch {
    return false;
  }
}

/** As `npm start` does: only when a source is newer than the bundle. */
async function build(): Promise<void> {
  const program = join(portal, 'build.ts');
  await promisify(execFile)(pinnedNode, [program, '--if-stale'], { cwd: portal, timeout: buildTimeoutMs });
}
