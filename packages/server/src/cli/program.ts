/**
 * The operator's command with all its commands, and what each needs opened. Also what docs/cli.md is generated from: making the
 * program runs nothing.
 */
import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { readWorkers } from '../config/readers.ts';
import { type Config, localUrl, readConfig, VERSION } from '../config.ts';
import { openAccounts, openDeployment, openFinality } from '../deployment.ts';
import { createLog } from '../main.ts';
import { listNodes } from '../store/authority/nodes.ts';
import { registerClientCommands } from './client.ts';
import { nodesAsJson, nodesAsTable } from './nodes.ts';
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
      const deployment = await open();
      await deployment.close();
      process.stderr.write('The database is at this version.\n');
    });

  program
    .command('nodes')
    .description('list the processes that verify on this database, by their heartbeats')
    .option('--json', 'print a JSON array')
    .action(async (options: { readonly json?: true }) => {
      const deployment = await open();
      try {
        const nodes = await listNodes(deployment.store.kysely);
        process.stdout.write(options.json ? nodesAsJson(nodes, Date.now()) : nodesAsTable(nodes, Date.now()));
      } finally {
        await deployment.close();
      }
    });

  registerUserCommands(program, openWithAccounts);
  registerTokenCommands(program, openWithAccounts);
  registerClientCommands(program, open);
  return program;
}

/** Warnings of a command beside the server are for its user, not for a log. */
async function open() {
  const config = readConfig();
  const isNew = config.store.kind === 'sqlite' && !existsSync(config.store.file);
  const deployment = await openDeployment(config, createLog('error'));
  // Whoever is in the wrong folder learns it here.
  if (isNew) process.stderr.write(`Made a new deployment in ${config.dataDir}.\n`);
  return deployment;
}

async function openWithAccounts() {
  const deployment = await open();
  const accounts = await openAccounts(deployment, publicUrlOf(deployment.config));
  return { ...deployment, accounts, finality: openFinality(deployment) };
}

/** Links that a command prints go where the server's do; a free port is known to the server alone. */
function publicUrlOf(config: Config): string {
  const { publicUrl, listen } = config;
  return publicUrl ?? localUrl(config, listen.kind === 'tcp' && listen.port !== 0 ? listen.port : null);
}
