/** Where the operator's command begins: prepares the process, then loads and runs what run.ts says. Knows no command itself. */
import { enableCompileCache } from 'node:module';
import { compileCacheFolder } from './compile-cache.ts';

// A reader that has seen enough (head, a closed pager) is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

// Before anything else is loaded, so that a start does not compile again what the last one did.
const cache = compileCacheFolder();
if (cache !== null) enableCompileCache(cache);
const { run } = await import('./run.ts');
await run();
