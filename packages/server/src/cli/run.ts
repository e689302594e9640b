/**
 * Runs the command that the arguments name and sets the exit status: 0 done, 1 refused or failed, 2 wrong use. Data goes to stdout,
 * everything else to stderr.
 */
import { CommanderError } from 'commander';
import { AccountsConfigError } from '../accounts/accounts.ts';
import { ConfigError } from '../config/readers.ts';
import { explain, firstFailure } from './explain.ts';
import { createProgram } from './program.ts';

export async function run(): Promise<void> {
  try {
    await createProgram().parseAsync();
  } catch (failure) {
    const error = firstFailure(failure);
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    process.stderr.write(`lencana: ${explain(error)}\n`);
    process.exitCode = error instanceof ConfigError || error instanceof AccountsConfigError ? 2 : 1;
  }
}
