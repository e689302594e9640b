/** `lencana client …`: makes, lists and revokes credentials of services that introspect, or verify from another machine. */
import type { Command } from 'commander';
import { operatorBy } from '../core/access/actor.ts';
import { createClientStore } from '../store/authority/client-store.ts';
import type { Store } from '../store/engines/open-store.ts';
import { withHint } from './hints.ts';
import type { Open, Opened } from './opened.ts';

type CreateOptions = { readonly name: string; readonly json?: true };
type ListOptions = { readonly json?: true };
type RevokeOptions = { readonly id: string };

export function registerClientCommands(
  program: Command,
  open: Open,
  openToRead: () => Promise<Store & AsyncDisposable>,
): void {
  const client = program.command('client').description('make, list and revoke credentials of services');
  client
    .command('create')
    .description('make a service credential; prints its secret, this once')
    .requiredOption('--name <name>', 'what the service is called')
    .option('--json', 'print {"client_id":…,"client_secret":…}')
    .action(async (options: CreateOptions) => {
      await using opened = await open();
      await create(opened, options);
    });
  client
    .command('list')
    .description('list service credentials, the newest first')
    .option('--json', 'print a JSON array')
    .action(async (options: ListOptions) => {
      await using store = await openToRead();
      await list(store, options);
    });
  client
    .command('revoke')
    .description('refuse a service credential from now on')
    .requiredOption('--id <client-id>', 'the client_id')
    .action(async (options: RevokeOptions) => {
      await using opened = await open();
      await revoke(opened, options);
    });
}

async function create({ credentials }: Opened, options: CreateOptions): Promise<void> {
  const { id, secret } = await credentials.create(options.name, operatorBy('lencana client create'));
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ client_id: id, client_secret: secret })}\n`
      : `client_id      ${id}\nclient_secret  ${secret}\n`,
  );
}

async function list(store: Store, options: ListOptions): Promise<void> {
  const listed = (await createClientStore(store).list()).map(({ id, name, createdAtMs, revokedAtMs }) => ({
    client_id: id,
    name,
    created_at: new Date(createdAtMs).toISOString(),
    revoked_at: revokedAtMs === null ? null : new Date(revokedAtMs).toISOString(),
  }));
  const lines = listed.map(
    (client) =>
      `${client.client_id}  ${client.revoked_at ? 'revoked' : 'live   '}  ${client.created_at}  ${client.name}\n`,
  );
  process.stdout.write(options.json ? `${JSON.stringify(listed)}\n` : lines.join(''));
}

/** Answers when it is refused everywhere. @throws Refusal `not_found`, `not_yet_final` */
async function revoke({ credentials }: Opened, { id }: RevokeOptions): Promise<void> {
  const { refusedEverywhereAtMs } = await credentials
    .revoke(id, operatorBy('lencana client revoke'))
    .catch(withHint('not_found', 'lencana client list shows those there are.'));
  process.stderr.write(
    `${id} is refused everywhere since ${new Date(refusedEverywhereAtMs).toISOString()}.\n`,
  );
}
