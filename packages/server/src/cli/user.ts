/**
 * `lencana user …`: the operator's commands on accounts, beside a running server or without one. Reads
 * arguments and stdin, prints the outcome; what is allowed is decided in accounts/. A password is read from
 * stdin only: arguments can be seen by everybody on the machine.
 */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Accounts } from '../accounts/accounts.ts';
import { generatePassword } from '../accounts/generated-password.ts';
import { operatorBy } from '../core/access/actor.ts';
import { ROLES, type Role } from '../core/access/role.ts';
import { Refusal, type RefusalCode } from '../core/refusal.ts';

export type UserCommandContext = AsyncDisposable & {
  readonly accounts: () => Promise<Pick<Accounts, 'users' | 'invite'>>;
};

export type CommandLine = {
  readonly readStdin: () => Promise<string>;
  readonly print: (line: string) => void;
  readonly complain: (line: string) => void;
  /** 0 done, 1 refused; commander itself says 2 for a wrong use (lencana.ts sets that). */
  readonly exitWith: (code: number) => void;
};

const PROCESS: CommandLine = {
  readStdin: async () => {
    // Typed at a terminal it would stand there for all to see.
    if (process.stdin.isTTY) return '';
    let text = '';
    for await (const chunk of process.stdin.setEncoding('utf8')) text += chunk;
    return text;
  },
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  exitWith: (code) => {
    process.exitCode = code;
  },
};

const JSON_OPTION = ['--json', 'print the outcome as one line of JSON'] as const;
const EMAIL_OPTION = ['--email <address>', 'e-mail address of the account'] as const;

export function registerUserCommands(
  program: Command,
  openContext: () => Promise<UserCommandContext>,
  line: CommandLine = PROCESS,
): void {
  const user = program.command('user').description('make and change accounts');
  const run =
    <T>(work: (context: UserCommandContext, options: T) => Promise<void>) =>
    (options: T) =>
      withContext(openContext, line, (context) => work(context, options));

  user
    .command('create')
    .description('make an account; its address counts as confirmed')
    .requiredOption(...EMAIL_OPTION)
    .requiredOption('--name <name>', 'full name')
    .option('--phone <number>', 'phone number with country code')
    .requiredOption('--password-stdin', 'read the password from standard input')
    .option('--admin', 'make an administrator')
    .option(...JSON_OPTION)
    .action(run((context, options: CreateOptions) => create(context, line, options)));

  user
    .command('reset-password')
    .description('set a new password and end every session of the account')
    .requiredOption(...EMAIL_OPTION)
    .option(
      '--password-stdin',
      'read the password from standard input; without, one is made and printed once',
    )
    .option(...JSON_OPTION)
    .action(run((context, options: ResetOptions) => resetPassword(context, line, options)));

  user
    .command('invite')
    .description(
      'print a link that lets one person sign up within seven days; mailed too if a mail server is set',
    )
    .requiredOption('--email <address>', 'the only address that the invitation is for')
    .option('--role <role>', `role of the new account: ${ROLES.join(', ')}`, parseRole, 'member')
    .option(...JSON_OPTION)
    .action(run((context, options: InviteOptions) => invite(context, line, options)));

  user
    .command('edit')
    .description('change the role of an account, close it or open it again')
    .requiredOption(...EMAIL_OPTION)
    .option('--role <role>', `new role: ${ROLES.join(', ')}`, parseRole)
    .option('--deactivate', 'end every session and refuse to sign in')
    .option('--activate', 'allow to sign in again')
    .option(...JSON_OPTION)
    .action((options: EditOptions, command: Command) => {
      if (options.activate && options.deactivate)
        command.error('error: give --activate or --deactivate, not both');
      if (!options.role && !options.activate && !options.deactivate) {
        command.error('error: give at least one of --role, --activate and --deactivate');
      }
      return withContext(openContext, line, (context) => edit(context, line, options));
    });
}

type CreateOptions = { email: string; name: string; phone?: string; admin?: boolean; json?: boolean };
type ResetOptions = { email: string; passwordStdin?: boolean; json?: boolean };
type InviteOptions = { email: string; role: Role; json?: boolean };
type EditOptions = { email: string; role?: Role; activate?: boolean; deactivate?: boolean; json?: boolean };

async function create(
  { accounts }: UserCommandContext,
  line: CommandLine,
  { email, name, phone, admin, json }: CreateOptions,
): Promise<void> {
  const role: Role = admin ? 'administrator' : 'member';
  const password = await readPassword(line);
  const { users } = await accounts();
  const draft = { email, name, phoneNumber: phone ?? null, role, password };
  const made = await users.create(draft, operatorBy('lencana user create'));
  line.print(json ? JSON.stringify({ ...made, role }) : `Made ${made.email}, ${role}.`);
}

async function resetPassword(
  { accounts }: UserCommandContext,
  line: CommandLine,
  { email, passwordStdin, json }: ResetOptions,
): Promise<void> {
  const password = passwordStdin ? await readPassword(line) : generatePassword();
  const { users } = await accounts();
  await users.resetPassword(email, password, operatorBy('lencana user reset-password'));
  const shown = passwordStdin ? {} : { password };
  if (json) return line.print(JSON.stringify({ email, ...shown }));
  line.print(`The password of ${email} is set and every session is ended.`);
  if (!passwordStdin) line.print(`New password, shown this once: ${password}`);
}

async function invite(
  { accounts }: UserCommandContext,
  line: CommandLine,
  { email, role, json }: InviteOptions,
): Promise<void> {
  const { url, expiresAtMs, mailed } = await (await accounts()).invite(
    { email, role },
    operatorBy('lencana user invite'),
  );
  const expiresAt = new Date(expiresAtMs).toISOString();
  if (json) return line.print(JSON.stringify({ url, expires_at: expiresAt, mailed }));
  line.print(url);
  line.complain(
    `For ${email}, works once, until ${expiresAt}.${mailed ? ' Mailed too.' : ' Hand it over yourself.'}`,
  );
}

/** Answers when whatever it took away is refused everywhere. @throws Refusal `not_yet_final` */
async function edit(
  { accounts }: UserCommandContext,
  line: CommandLine,
  { email, role, activate, deactivate, json }: EditOptions,
): Promise<void> {
  const { users } = await accounts();
  const change = { ...(role && { role }), ...((activate || deactivate) && { active: activate === true }) };
  const { refusedEverywhereAtMs, ...edited } = await users.edit(
    email,
    change,
    operatorBy('lencana user edit'),
  );
  const state = `${email} has the role ${edited.role}${edited.active ? '' : ' and is deactivated'}`;
  if (refusedEverywhereAtMs === null) return line.print(json ? JSON.stringify(edited) : `${state}.`);
  const since = new Date(refusedEverywhereAtMs).toISOString();
  line.print(
    json ? JSON.stringify({ ...edited, everywhere_since: since }) : `${state}, everywhere since ${since}.`,
  );
}

/** Which command helps, for what the directory refuses by its code. */
const HINTS: Partial<Record<RefusalCode, string>> = {
  user_already_exists: 'Use "lencana user edit" or "lencana user reset-password".',
  last_administrator: 'lencana user edit --email … --role administrator does that.',
};

/** Opens, works, closes; a refusal is one line and exit code 1, anything else goes up. */
async function withContext(
  openContext: () => Promise<UserCommandContext>,
  line: CommandLine,
  work: (context: UserCommandContext) => Promise<void>,
): Promise<void> {
  try {
    await using context = await openContext();
    await work(context);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const hint = HINTS[error.code];
    line.complain(`lencana: ${error.message}${hint ? ` ${hint}` : ''}`);
    line.exitWith(1);
  }
}

/** Everything up to the end of input but the last line break. */
async function readPassword(line: CommandLine): Promise<string> {
  const password = (await line.readStdin()).replace(/\r?\n$/, '');
  if (password === '')
    throw Refusal.ofField(
      'invalid_fields',
      'password',
      'No password came on standard input. Pipe it in, from a file or a password manager: lencana user … --password-stdin < file',
    );
  return password;
}

function parseRole(text: string): Role {
  const role = ROLES.find((known) => known === text);
  if (!role) throw new InvalidArgumentError(`It is one of: ${ROLES.join(', ')}.`);
  return role;
}
