/** `lencana client …`: makes credentials for services that introspect, or verify from another machine. */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { type Deployment, randomId } from '../main.ts';
import { createClientStore } from '../store/client-store.ts';

type CreateOptions = { readonly name: string; readonly json?: true };

export function registerClientCommands(program: Command, open: () => Promise<Deployment>): void {
  const client = program.command('client').description('make credentials for services');
  client
    .command('create')
    .description('make a service credential; prints its secret, this once')
    .requiredOption('--name <name>', 'what the service is called')
    .option('--json', 'print {"client_id":…,"client_secret":…}')
    .action((options: CreateOptions) => create(open, options));
}

async function create(open: () => Promise<Deployment>, options: CreateOptions): Promise<void> {
  const deployment = await open();
  try {
    const id = `client_${randomId()}`;
    const secret = randomBytes(32).toString('base64url');
    await createClientStore(deployment.store.kysely).create(
      {
        id,
        organizationId: 'default',
        name: options.name,
        secretDigest: deployment.keys.digestClientSecret(secret),
      },
      Date.now(),
      { kind: 'operator', id: null, address: null, client: 'lencana client create', requestId: null },
    );
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ client_id: id, client_secret: secret })}\n`
        : `client_id      ${id}\nclient_secret  ${secret}\n`,
    );
  } finally {
    await deployment.close();
  }
}
