/** `lencana token …`: the operator makes a token for a holder, beside a running server or without one. */
import type { Command } from 'commander';
import { parseExpiry } from '../core/expiry.ts';
import { Refusal } from '../core/refusal.ts';
import { type Deployment, openFinality, openTokens } from '../deployment.ts';
import { tokenOnWire } from '../http/public/schemas.ts';
import { findUserByEmail } from '../store/user-records.ts';

type CreateOptions = {
  readonly email: string;
  readonly name: string;
  readonly expiresOn?: string;
  readonly timeZone?: string;
  readonly json?: true;
};

export function registerTokenCommands(program: Command, open: () => Promise<Deployment>): void {
  const token = program.command('token').description('make tokens for holders');
  token
    .command('create')
    .description('make a token; prints its secret, this once')
    .requiredOption('--email <address>', 'e-mail address of the holder')
    .requiredOption('--name <name>', 'token name')
    .option('--expires-on <date>', 'last day on which it works, YYYY-MM-DD; without it the token never ends')
    .option('--time-zone <zone>', "IANA time zone of that day (default: this machine's)")
    .option('--json', 'print {"token":{…},"secret":…}')
    .action((options: CreateOptions) => create(open, options));
}

/** @throws Refusal as the token service does; `not_found` for an unknown holder */
async function create(open: () => Promise<Deployment>, options: CreateOptions): Promise<void> {
  const { name, expiresOn } = options;
  if (expiresOn === undefined && options.timeZone !== undefined) {
    throw new Refusal(
      'invalid_expiry',
      '--time-zone needs --expires-on. Without a last day the token never ends.',
    );
  }
  const timeZone = options.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const day = expiresOn === undefined ? {} : { expiresOn, timeZone };
  parseExpiry(day, Date.now());
  const deployment = await open();
  try {
    const holder = await findUserByEmail(deployment.store, options.email.trim().toLowerCase());
    if (!holder) throw new Refusal('not_found', noAccount(options.email, deployment));
    if (holder.deactivatedAtMs !== null) {
      throw new Refusal(
        'forbidden',
        `${holder.email} is deactivated. lencana user edit --email ${holder.email} --activate opens it again.`,
      );
    }
    const caller = {
      holderId: holder.id,
      organizationId: holder.organizationId,
      viaToken: null,
      actor: {
        kind: 'operator' as const,
        id: null,
        address: null,
        client: 'lencana token create',
        requestId: null,
      },
    };
    const made = await openTokens(deployment, openFinality(deployment))
      .tokens.create(caller, { name, ...day }, null)
      .catch((error) => {
        throw error instanceof Refusal && error.code === 'name_taken'
          ? new Refusal('name_taken', `${holder.email} already has a token named "${name.trim()}".`)
          : error;
      });
    const secret = made.secret.reveal();
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ token: tokenOnWire(made.token, Date.now()), secret })}\n`
        : `${secret}\n`,
    );
  } finally {
    await deployment.close();
  }
}

/** Names the database looked into: a command in the wrong folder finds none of the accounts that its user knows. */
function noAccount(email: string, { config }: Deployment): string {
  const where = config.store.kind === 'sqlite' ? config.store.file : 'the database';
  return `There is no account ${email} in ${where}. lencana user create makes one; LENCANA_DATA_DIR names another folder.`;
}
