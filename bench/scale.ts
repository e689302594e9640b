/**
 * A token that is not in the cache, and what a thousand times as many stored ones change: a database of ten thousand and one
 * of many more, each asked about ten thousand tokens, once each when none is cached, then again and again when all are. In the larger one they are others in each round, so that nothing of them lies ready.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { temporaryDirectory } from '../tests/run-directory.ts';
import { type ServerProcess, startServer } from '../tests/server-process.ts';
import { pin } from './cores.ts';
import type { Extent } from './extent.ts';
import { fillDatabase } from './filled-database.ts';
import { lookUpUs } from './look-up.ts';
import { busy, type Figures, inTurns, ratio, type Side } from './rounds.ts';
import { median, type Row, rounded } from './row.ts';
import { connections } from './verify.ts';

const few = 10_000;
const askedAbout = 10_000;

export async function measureScale({ rounds, roundMs, tokensStored }: Extent): Promise<Row[]> {
  const small = await startFilled(few, 1);
  const large = await startFilled(tokensStored, rounds + 1);
  try {
    const { one, cold, hot } = sidesOf(small, roundMs);
    const { cold: largeCold, hot: largeHot } = sidesOf(large, roundMs);
    const figures = await inTurns({ one, cold, hot, largeCold, largeHot }, rounds);
    const many = tokensStored.toLocaleString('en-US');
    return [...rowsOf(figures, many), ...lookUpRows(small, large, many)];
  } finally {
    await small.server.stop();
    await large.server.stop();
  }
}

type Filled = { readonly server: ServerProcess; readonly secretFiles: readonly string[] };

export async function startFilled(
  tokens: number,
  fileCount: number,
  env: Record<string, string> = {},
  secrets = askedAbout,
): Promise<Filled> {
  const folder = temporaryDirectory('secrets');
  const secretFiles = Array.from({ length: fileCount }, (_, at) => join(folder, String(at)));
  const server = await startServer({ env });
  await server.stop();
  const files = secretFiles.map((file) => ({ file, secrets }));
  fillDatabase({ dataDir: server.dataDir, tokens, secretFiles: files });
  await server.start();
  pin(server.pid, 'server');
  return { server, secretFiles };
}

function sidesOf({ server, secretFiles }: Filled, roundMs: number): Record<'one' | 'cold' | 'hot', Side> {
  let round = 0;
  const pid = () => server.pid;
  const order = () => ({
    url: `${server.verificationUrl}/verify`,
    secretsFile: secretFiles[round % secretFiles.length] ?? '',
    connections,
  });
  return {
    one: { order: () => ({ ...order(), secretsMax: 1, ms: roundMs }), pid },
    cold: { order, pid, prepare: () => forgetAll(server) },
    hot: { order: () => ({ ...order(), ms: roundMs }), pid, after: () => void round++ },
  };
}

/** Says in the log of changes that the organization changed: whatever is cached of its tokens counts no more. Resolves when the server knows. */
export async function forgetAll(server: ServerProcess): Promise<void> {
  const database = new DatabaseSync(join(server.dataDir, 'lencana.db'), { timeout: 5000 });
  database.exec('UPDATE organizations SET name = name');
  const logged = database.prepare('SELECT max(seq) AS seq FROM authority_changes').get()?.seq as number;
  database.close();
  const question = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const endMs = performance.now() + 5000;
  while (performance.now() < endMs) {
    const answer = await fetch(`${server.verificationUrl}/freshness`, {
      ...question,
      body: JSON.stringify({ after: null, hold_ms: 0 }),
    });
    if (answer.ok && ((await answer.json()) as { seq: number }).seq >= logged) return;
    await delay(20);
  }
  throw new Error('the server did not learn of a change');
}

/** The two in turns, after the servers were measured: nobody asks them any more. */
function lookUpRows(small: Filled, large: Filled, many: string): Row[] {
  const us = { few: [] as number[], many: [] as number[] };
  for (const [round, file] of large.secretFiles.entries()) {
    const [few, most] = [
      lookUpUs(small.server.dataDir, small.secretFiles[0] ?? ''),
      lookUpUs(large.server.dataDir, file),
    ];
    // The first warms up.
    if (round === 0) continue;
    us.few.push(few);
    us.many.push(most);
  }
  const row = (stored: string, values: readonly number[]): Row => ({
    name: `the look-up alone, ${stored} stored`,
    value: rounded(median(values), 1),
    unit: 'µs',
    note: 'the same statement in a process that does nothing else',
  });
  return [row('10,000', us.few), row(many, us.many)];
}

function rowsOf(
  sides: Record<'one' | 'cold' | 'hot' | 'largeCold' | 'largeHot', Figures>,
  many: string,
): Row[] {
  const row = (name: string, figures: Figures, note: string): Row => ({
    name,
    value: Math.round(figures.perSecond),
    unit: '/s',
    note: `${note}, ${figures.medianMs.toFixed(2)} ms each (p99 ${figures.p99Ms.toFixed(2)}); ${busy(figures)}`,
  });
  const more = (one: Figures, other: Figures) => rounded((ratio(other, one) - 1) * 100, 1);
  return [
    row('/verify, cold, 10,000 stored', sides.cold, 'each request another token, none cached; SQLite'),
    row('/verify, hot, 10,000 stored', sides.hot, 'the same 10,000 tokens again and again, all cached'),
    row('/verify, hot, one of 10,000 stored', sides.one, 'always the same token'),
    {
      name: '/verify, cold to hot, 10,000 tokens in turn',
      value: rounded(ratio(sides.hot, sides.cold), 2),
      unit: '×',
      goal: '≤ 2',
      note: 'time for a token that is not cached, of the time for one that is',
    },
    {
      name: '/verify, cold to hot, one token',
      value: rounded(ratio(sides.one, sides.cold), 2),
      unit: '×',
      goal: '≤ 2',
      note: 'the same, of the time for the same token again and again',
    },
    row(`/verify, cold, ${many} stored`, sides.largeCold, 'the same, and other tokens in each round'),
    row(`/verify, hot, ${many} stored`, sides.largeHot, 'these again and again'),
    {
      name: `cold, ${many} to 10,000 stored`,
      value: more(sides.largeCold, sides.cold),
      unit: '% more time',
      goal: '≤ 20',
      note: 'median of the ratios of each round',
    },
    {
      name: `hot, ${many} to 10,000 stored`,
      value: more(sides.largeHot, sides.hot),
      unit: '% more time',
      goal: '0',
      note: 'the same',
    },
  ];
}
