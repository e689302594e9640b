/**
 * The operator's command with all its commands, and what each needs opened. Also what docs/cli.md is generated from: making the
 * program runs nothing.
 */
import { Command } from 'commander';
import { readWorkers } from '../config/readers.ts';
import { VERSION } from '../config.ts';
import { listNodes } from '../store/authority/nodes.ts';
import { registerClientCommands } from './client.ts';
import { nodesAsJson, nodesAsTable } from './nodes.ts';
import { open, openToRead } from './opened.ts';
import { serve } from './serve.ts';
import { registerTokenCommands } from './token.ts';
import { registerUserCommands } from './user.ts';

export function createProgram(): Command {
  const program = new Command('lencana')
    .description('Issues, manages and verifies personal access tokens for a cloud’s Service Portal.')
    .version(VERSION, '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .showHelpAfterError('Run with --help for what there is.')
    .addHelpText('after', '\nSettings come from the environment (LENCANA_…); see docs/configuration.md.')
    .exitOverride();

  program
    .command('serve')
    .description('run the portal and the verification service')
    .option(
      '--workers <n>',
      'processes that answer the verification listener; 0: the one that serves the portal does (default: LENCANA_WORKERS)',
      (value) => readWorkers('--workers', value),
    )
    .action(serve);

  program
    .command('migrate')
    .description('bring the database to this version and stop')
    .action(async () => {
      {
        await using _opened = await open();
      }
      process.stderr.write('The database is at this version.\n');
    });

  program
    .command('nodes')
    .description('list the processes that verify on this database, by their heartbeats')
    .option('--json', 'print a JSON array')
    .action(async (options: { readonly json?: true }) => {
      await using store = await openToRead();
      const nodes = await listNodes(store.kysely);
      process.stdout.write(options.json ? nodesAsJson(nodes, Date.now()) : nodesAsTable(nodes, Date.now()));
    });

  registerUserCommands(program, open);
  registerTokenCommands(program, open);
  registerClientCommands(program, open, openToRead);
  return program;
}
