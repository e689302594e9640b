#!/usr/bin/env node
/**
 * The operator's command: `lencana serve` and the commands beside it. Reads arguments, prints outcomes and is the only place
 * that ends the process. Data goes to stdout, everything else to stderr; 0 done, 1 refused or failed, 2 wrong use.
 */
import { enableCompileCache } from 'node:module';

// A reader that has seen enough (head, a closed pager) is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
}

// Before anything else is loaded, so that a start does not compile again what the last one did.
enableCompileCache();
const { run } = await import('./run.ts');
await run();
