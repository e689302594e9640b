/**
 * Revocations on three healthy nodes over one PostgreSQL: how long after the commit the last of them still accepted the
 * token, and when the call returned. Each token is asked about on every node each millisecond until that node refuses it,
 * and from time to time until the call has returned.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client as DatabaseClient } from 'pg';
import { ayu, bearer, type Client, clientOf, signUp } from '../tests/api-client.ts';
import { startPostgres } from '../tests/postgres.ts';
import { type ServerProcess, startServer } from '../tests/server-process.ts';
import { type Asker, createAsker } from './asker.ts';
import type { Extent } from './extent.ts';
import { quantile, type Row, rounded } from './row.ts';

const nodes = 3;
/** S, as it is by default. */
const freshnessMs = 1000;
/** From the beginning of one revocation to the next: while one waits for its end, others begin. */
const everyMs = 40;
const askEveryMs = 1;
const askAgainEveryMs = 100;
const askedBeforeMs = 10;

type Trial = {
  readonly tokenId: string;
  readonly returnedAtMs: number;
  /** When the last answer that accepted it came, anywhere. */
  readonly acceptedAtMs: number;
  /** Accepted though asked after the return. */
  readonly late: number;
};

export async function measureRevocation({ revocations }: Extent): Promise<Row[]> {
  const postgres = await startPostgres();
  const databaseUrl = await postgres.createDatabase();
  const servers: ServerProcess[] = [];
  const askers: Asker[] = [];
  try {
    for (let node = 0; node < nodes; node++) {
      const dataDir = servers[0]?.dataDir;
      const env = { LENCANA_DATABASE_URL: databaseUrl };
      servers.push(await startServer({ env, ...(dataDir === undefined ? {} : { dataDir }) }));
    }
    askers.push(...servers.map(({ verificationUrl }) => createAsker(`${verificationUrl}/verify`)));
    const person = await signUp(servers[0] as ServerProcess, ayu);
    const callers = servers.map((server) => clientOf(server, person.credentials));
    const trials = await revokeMany(person, callers, askers, revocations);
    return rowsOf(trials, await commits(databaseUrl));
  } finally {
    for (const asker of askers) asker.close();
    for (const server of servers) await server.stop();
    await postgres.stop();
  }
}

async function revokeMany(
  person: Client,
  callers: readonly Client[],
  askers: readonly Asker[],
  count: number,
): Promise<Trial[]> {
  const made: Awaited<ReturnType<Client['createToken']>>[] = [];
  for (let at = 0; at < count; at++) made.push(await person.createToken({ name: `bench ${at}` }));
  const trials: Promise<Trial>[] = [];
  for (const [at, { token, secret }] of made.entries()) {
    trials.push(revoke(callers[at % callers.length] as Client, token.id, secret, askers));
    await delay(everyMs);
  }
  return await Promise.all(trials);
}

async function revoke(
  caller: Client,
  tokenId: string,
  secret: string,
  askers: readonly Asker[],
): Promise<Trial> {
  const { authorization } = bearer(secret);
  let returnedAtMs = Number.POSITIVE_INFINITY;
  const watches = askers.map((asker) => watch(asker, authorization, () => returnedAtMs));
  await delay(askedBeforeMs);
  const answer = await caller.call('DELETE', `/api/v1/tokens/${tokenId}`);
  returnedAtMs = nowMs();
  if (answer.status !== 200) throw new Error(`the deletion answered ${answer.status} ${answer.text}`);
  const seen = await Promise.all(watches);
  return {
    tokenId,
    returnedAtMs,
    acceptedAtMs: Math.max(...seen.map(({ acceptedAtMs }) => acceptedAtMs)),
    late: seen.reduce((sum, { late }) => sum + late, 0),
  };
}

/** Asks until a while after the return. */
async function watch(asker: Asker, authorization: string, returnedAtMs: () => number) {
  let [acceptedAtMs, late, refused] = [Number.NEGATIVE_INFINITY, 0, false];
  for (;;) {
    const askedAtMs = nowMs();
    const status = await asker.ask(authorization);
    if (status === 200) {
      acceptedAtMs = nowMs();
      if (askedAtMs > returnedAtMs()) late++;
    }
    refused ||= status === 401;
    if (askedAtMs > returnedAtMs()) return { acceptedAtMs, late };
    await delay(refused ? askAgainEveryMs : askEveryMs);
  }
}

/** By token: when its change was written to the log, which is the last thing that its transaction did before it was committed. */
async function commits(databaseUrl: string): Promise<Map<string, number>> {
  const client = new DatabaseClient({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ subject_id: string; at_ms: string }>(
      `SELECT subject_id, at_ms FROM authority_changes WHERE subject_kind = 'token'`,
    );
    return new Map(rows.map((row) => [row.subject_id, Number(row.at_ms)]));
  } finally {
    await client.end();
  }
}

function rowsOf(trials: readonly Trial[], committedAtMs: ReadonlyMap<string, number>): Row[] {
  const afterCommit = (read: (trial: Trial) => number) =>
    trials.map((trial) => {
      const committed = committedAtMs.get(trial.tokenId);
      if (committed === undefined) throw new Error('a revocation is not in the log');
      return Math.max(0, read(trial) - committed);
    });
  const accepted = afterCommit(({ acceptedAtMs }) => acceptedAtMs);
  const returned = afterCommit(({ returnedAtMs }) => returnedAtMs - freshnessMs);
  const ms = (values: readonly number[], share: number) => rounded(quantile(values, share), 1);
  const how = `${trials.length} revocations on ${nodes} nodes in turn, PostgreSQL, nothing pinned`;
  return [
    {
      name: 'revocation, commit to the last acceptance, p50',
      value: ms(accepted, 0.5),
      unit: 'ms',
      goal: '≤ 10',
      note: how,
    },
    {
      name: 'revocation, commit to the last acceptance, p99',
      value: ms(accepted, 0.99),
      unit: 'ms',
      goal: '≤ 50',
      note: `longest ${ms(accepted, 1)} ms; counted from before the flush of the commit to the answer’s arrival`,
    },
    {
      name: 'revocation, return after commit and S, p50',
      value: ms(returned, 0.5),
      unit: 'ms',
      goal: '≤ 100',
      note: `p99 ${ms(returned, 0.99)} ms, longest ${ms(returned, 1)} ms; S is ${freshnessMs} ms`,
    },
    {
      name: 'revocation, accepted though asked after the return',
      value: trials.reduce((sum, { late }) => sum + late, 0),
      unit: '',
      goal: '0',
      note: 'the last answers of each node come from after the return',
    },
  ];
}

/** Epoch milliseconds, with their fractions. */
const nowMs = () => performance.timeOrigin + performance.now();
