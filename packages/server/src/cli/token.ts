/**
 * `lencana token …`: the operator makes a token for a holder, or revokes tokens whoever holds them, beside a running server or
 * without one.
 */
import type { Command } from 'commander';
import { operatorBy } from '../core/access/actor.ts';
import { Refusal } from '../core/refusal.ts';
import { parseExpiry } from '../core/tokens/expiry.ts';
import type { Deployment } from '../deployment.ts';
import { tokenOnWire } from '../http/public/schemas.ts';
import { findUserByEmail } from '../store/accounts/user-records.ts';
import type { Open } from './opened.ts';

type CreateOptions = {
  readonly email: string;
  readonly name: string;
  readonly expiresOn?: string;
  readonly timeZone?: string;
  readonly json?: true;
};

type RevokeOptions = {
  readonly id?: readonly string[];
  readonly of?: string;
  readonly made?: true;
  readonly json?: true;
};

export function registerTokenCommands(program: Command, open: Open): void {
  const token = program.command('token').description('make tokens for holders, revoke leaked ones');
  token
    .command('create')
    .description('make a token; prints its secret, this once')
    .requiredOption('--email <address>', 'e-mail address of the holder')
    .requiredOption('--name <name>', 'token name')
    .option('--expires-on <date>', 'last day on which it works, YYYY-MM-DD; without it the token never ends')
    .option('--time-zone <zone>', "IANA time zone of that day (default: this machine's)")
    .option('--json', 'print {"token":{…},"secret":…}')
    .action((options: CreateOptions) => create(open, options));
  token
    .command('revoke')
    .description('revoke tokens for good; answers when nothing accepts them any more')
    .option('--id <token-id...>', 'ids of tokens, whoever holds them')
    .option('--of <address>', 'e-mail address of an account: all tokens that it has')
    .option('--made', 'with --id: also the tokens that these made, and those made, and so on')
    .option('--json', 'print {"revoked":[…],"refused_everywhere_at":…}')
    .action((options: RevokeOptions, command: Command) => {
      if ((options.id === undefined) === (options.of === undefined)) {
        command.error('error: name the tokens by --id, or the account that has them by --of');
      }
      if (options.made && options.of !== undefined) {
        command.error('error: --made goes with --id; --of takes all tokens of the account anyway');
      }
      return revoke(open, options);
    });
}

/** @throws Refusal as the token service does; `not_found` for an unknown holder */
async function create(open: Open, options: CreateOptions): Promise<void> {
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
  await using opened = await open();
  const { deployment, tokens } = opened;
  const holder = await holderOf(deployment, options.email);
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
    actor: operatorBy('lencana token create'),
  };
  const made = await tokens.create(caller, { name, ...day }, null).catch((error) => {
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
}

/**
 * All in one transaction and with one wait. Ids that nobody has are told at the end and keep none of the others alive.
 * @throws Refusal `not_found`, `not_yet_final`
 */
async function revoke(open: Open, { id, of, made, json }: RevokeOptions): Promise<void> {
  await using opened = await open();
  const { deployment, tokens } = opened;
  const which =
    of === undefined
      ? { ids: [...new Set(id)], withMade: made === true }
      : { holderId: (await holderOf(deployment, of)).id };
  const done = await tokens.revokeMany(operatorBy('lencana token revoke'), which);
  const { revoked, earlier, missing, refusedEverywhereAtMs } = done;
  const gone = [...revoked, ...earlier];
  if (refusedEverywhereAtMs !== null) {
    const since = new Date(refusedEverywhereAtMs).toISOString();
    const listed = gone.map((token) => tokenOnWire(token, refusedEverywhereAtMs));
    process.stdout.write(
      json
        ? `${JSON.stringify({ revoked: listed, refused_everywhere_at: since })}\n`
        : gone.map((token) => `${token.id}  ${token.masked}  ${token.name}\n`).join(''),
    );
    process.stderr.write(
      `${revoked.length} revoked, ${earlier.length} had been before; refused everywhere since ${since}.\n`,
    );
  }
  if (missing.length > 0) throw new Refusal('not_found', `There is no token ${missing.join(', ')}.`);
}

/** @throws Refusal `not_found` */
async function holderOf(deployment: Deployment, email: string) {
  const holder = await findUserByEmail(deployment.store, email.trim().toLowerCase());
  if (!holder) throw new Refusal('not_found', noAccount(email, deployment));
  return holder;
}

/** Names the database looked into: a command in the wrong folder finds none of the accounts that its user knows. */
function noAccount(email: string, { config }: Deployment): string {
  const where = config.store.kind === 'sqlite' ? config.store.file : 'the database';
  return `There is no account ${email} in ${where}. lencana user create makes one; LENCANA_DATA_DIR names another folder.`;
}
