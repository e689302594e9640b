#!/usr/bin/env node
/**
 * The operator's command: `lencana serve` and the commands beside it. Reads arguments, prints outcomes and is the only place
 * that ends the process. Data goes to stdout, everything else to stderr; 0 done, 1 refused or failed, 2 wrong use.
 */
import { CommanderError } from 'commander';
import { ConfigError } from '../config.ts';
import { explain } from './explain.ts';
import { createProgram } from './program.ts';

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    process.stderr.write(`lencana: ${explain(error)}\n`);
    process.exitCode = error instanceof ConfigError ? 2 : 1;
  }
}
