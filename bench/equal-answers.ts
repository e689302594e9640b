/**
 * Whether the answers to a stranger tell who has an account: pairs of requests in turns, one about an address
 * with an account and one about an address without, on a server that sends mail. Words, status and headers
 * must be the same; the medians of their times are printed side by side.
 *
 *     npm run equal-answers               # 1,000 pairs of each kind, several minutes
 *     npm run equal-answers -- --pairs 50
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startSmtp } from '../packages/server/src/accounts/smtp-under-test.ts';
import { endRun } from '../tests/run-directory.ts';
import { type ServerProcess, startServer } from '../tests/server-process.ts';
import { median } from './row.ts';

const { values } = parseArgs({ options: { pairs: { type: 'string', default: '1000' } } });
const pairs = Number(values.pairs);
/** Each account takes ten wrong passwords in a quarter of an hour. */
const accounts = Math.ceil(pairs / 4);
const password = 'Correct-Horse-1-Battery';
const wrong = 'Wholly-Other-2-Staple';
const differenceMsMax = 5;

type Answer = { readonly told: string; readonly ms: number };
type Ask = (email: string) => readonly [path: string, body: object];
type Kind = {
  readonly name: string;
  readonly ask: Ask;
  readonly known: (pair: number) => string;
  readonly unknown: (pair: number) => string;
  /** Pairs under way together: where an answer waits for a fixed time, it does not disturb others. */
  readonly together: number;
};

const smtp = await startSmtp();
const server = await startServer({
  env: {
    LENCANA_SMTP_URL: smtp.url,
    LENCANA_MAIL_FROM: 'portal@example.com',
    LENCANA_SIGN_UP: 'open',
    LENCANA_TRUSTED_PROXIES: '127.0.0.1',
    LENCANA_LOG_LEVEL: 'error',
  },
});
async function measure(running: ServerProcess): Promise<boolean> {
  const admin = ['--email', 'admin@example.com', '--name', 'Ada', '--admin', '--password-stdin'];
  const made = await running.cli(['user', 'create', ...admin], password);
  if (made.code !== 0) throw new Error(made.stderr);
  await Promise.all(inTurns(8, accounts, (at) => signUp(running, unconfirmed(at))));
  await Promise.all(inTurns(8, accounts, (at) => signUp(running, confirmed(at))));
  await Promise.all(inTurns(8, accounts, (at) => signUp(running, stranger(at), wrong)));
  await until(
    () => smtp.mails.filter(({ links }) => links[0]?.includes('/verify-email#')).length >= 3 * accounts,
  );
  const tokens = new Map(smtp.mails.map(({ to, links }) => [to, links[0]?.split('token=')[1]]));
  await Promise.all(
    inTurns(8, accounts, async (at) => {
      const { told } = await send(running, '/verify-email', { token: tokens.get(confirmed(at)), password });
      if (!told.startsWith('200')) throw new Error(told);
    }),
  );
  let alike = true;
  console.log(`${pairs} pairs of each kind; medians in milliseconds`);
  for (const kind of kinds) alike = (await compare(running, kind)) && alike;
  return alike;
}

const confirmed = (at: number) => `confirmed${at % accounts}@example.com`;
const unconfirmed = (at: number) => `unconfirmed${at % accounts}@example.com`;
const nobody = (at: number) => `nobody${at % accounts}@example.com`;
/** Made by a stranger, who knows its password: that it was made must not show. */
const stranger = (at: number) => `stranger${at % accounts}@example.com`;
const fresh = () => `fresh-${randomUUID()}@example.com`;

const signIn =
  (typed: string): Ask =>
  (email) => ['/sign-in/email', { email, password: typed }];
const signUpAs: Ask = (email) => ['/sign-up/email', form(email)];
const mailFor =
  (path: string): Ask =>
  (email) => [path, { email }];

const form = (email: string) => ({ name: 'Ayu Lestari', email, password, phoneNumber: '+6281234567890' });

const kinds: readonly Kind[] = [
  { name: 'sign-in, account', ask: signIn(wrong), known: confirmed, unknown: nobody, together: 1 },
  {
    name: 'sign-in, account not confirmed',
    ask: signIn(wrong),
    known: unconfirmed,
    unknown: (at) => `no${nobody(at)}`,
    together: 1,
  },
  {
    name: 'sign-in by a stranger who signed up with the address',
    ask: signIn(wrong),
    known: confirmed,
    unknown: stranger,
    together: 1,
  },
  { name: 'sign-up, account', ask: signUpAs, known: confirmed, unknown: fresh, together: 4 },
  { name: 'sign-up, account not confirmed', ask: signUpAs, known: unconfirmed, unknown: fresh, together: 4 },
  {
    name: 'forgotten password',
    ask: mailFor('/request-password-reset'),
    known: confirmed,
    unknown: nobody,
    together: 1,
  },
  {
    name: 'confirmation mail',
    ask: mailFor('/send-verification-email'),
    known: unconfirmed,
    unknown: nobody,
    together: 1,
  },
];

async function compare(running: ServerProcess, kind: Kind): Promise<boolean> {
  const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] };
  const told = new Set<string>();
  await Promise.all(
    inTurns(kind.together, pairs, async (at) => {
      const sides = at % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
      for (const side of sides) {
        const email = kind[side](at);
        const [path, body] = kind.ask(email);
        const answer = await send(running, path, body);
        told.add(withoutChance(answer.told.replaceAll(email, 'somebody@example.com')));
        times[side].push(answer.ms);
      }
    }),
  );
  const [known, unknown] = [median(times.known), median(times.unknown)];
  const difference = known - unknown;
  const alike = told.size === 1 && Math.abs(difference) <= differenceMsMax;
  console.log(
    `${kind.name.padEnd(58)} with ${known.toFixed(2).padStart(7)}  without ${unknown.toFixed(2).padStart(7)}  difference ${difference.toFixed(2).padStart(6)}  ${told.size === 1 ? 'same words' : 'OTHER WORDS'}${alike ? '' : '  TELLS'}`,
  );
  if (told.size > 1) console.log([...told].join('\n'));
  return alike;
}

/** @throws Error unless the answer is 200 */
async function signUp(running: ServerProcess, email: string, typed = password): Promise<void> {
  const { told } = await send(running, '/sign-up/email', { ...form(email), password: typed });
  if (!told.startsWith('200')) throw new Error(told);
}

let asked = 0;

/** Each from an address of its own, so that only limits for an account could be met. */
async function send(running: ServerProcess, path: string, body: object): Promise<Answer> {
  asked += 1;
  const address = `10.${(asked >> 16) & 255}.${(asked >> 8) & 255}.${asked & 255}`;
  const startedAtMs = performance.now();
  const response = await fetch(new URL(`/api/auth${path}`, running.localUrl), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin: running.publicUrl,
      'x-forwarded-for': address,
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const ms = performance.now() - startedAtMs;
  return { told: `${response.status} ${headersOf(response)} ${text}`, ms };
}

/** What differs from answer to answer of the same kind, whoever it is about. */
const headersOf = ({ headers }: Response) =>
  [...headers]
    .filter(([name]) => !['date', 'x-request-id', 'content-length'].includes(name))
    .map((pair) => pair.join(': '))
    .join('; ');

const withoutChance = (text: string) =>
  text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>').replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<instant>');

/** `count` pieces of work, `width` at a time. */
function inTurns(width: number, count: number, work: (at: number) => Promise<unknown>): Promise<void>[] {
  let next = 0;
  return Array.from({ length: width }, async () => {
    while (next < count) {
      const at = next;
      next += 1;
      await work(at);
    }
  });
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 50));
}

try {
  process.exitCode = (await measure(server)) ? 0 : 1;
} finally {
  await server.stop();
  await smtp.close();
  await endRun();
}
