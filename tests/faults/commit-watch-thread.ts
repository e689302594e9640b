/** The thread that looks for commits; what it is told and what it tells stands in commit-watch.ts. */
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Client } from 'pg';
import { monotonicMs } from './clock.ts';
import { type Expected, nameOf, type WatchOrder, type WatchReport } from './commit-watch.ts';

const { databaseUrl } = workerData as { databaseUrl: string };
const LOOK_EVERY_MS = 1;
const RETRY_EVERY_MS = 20;

/** Each with the start of the last look that did not show it. */
const pending = new Map<string, { expected: Expected; notBeforeMs: number | null }>();
let unlooked: number[] = [];
let wake = () => {};

parentPort?.on('message', (order: WatchOrder) => {
  for (const expected of order.expected) {
    if (order.act === 'forget') pending.delete(nameOf(expected));
    else pending.set(nameOf(expected), { expected, notBeforeMs: null });
  }
  if (order.act === 'expect') unlooked.push(order.id);
  wake();
});

const tell = (report: WatchReport) => parentPort?.postMessage(report);

for (;;) {
  const client = new Client({ connectionString: databaseUrl, query_timeout: 2000 });
  client.on('error', () => {});
  try {
    await client.connect();
    for (;;) await turn(client);
  } catch {
    tellLooked(unlooked);
    unlooked = [];
    await client.end().catch(() => {});
    await delay(RETRY_EVERY_MS);
  }
}

async function turn(client: Client): Promise<void> {
  if (pending.size === 0 && unlooked.length === 0) {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  const asked = unlooked;
  unlooked = [];
  try {
    await look(client);
  } finally {
    tellLooked(asked);
  }
  await delay(LOOK_EVERY_MS);
}

async function look(client: Client): Promise<void> {
  const looked = [...pending.values()];
  const idsOf = (kind: Expected['kind']) =>
    looked.flatMap(({ expected }) => (expected.kind === kind ? [expected.id] : []));
  const startedMs = monotonicMs();
  const { rows } = await client.query<{ name: string }>({
    name: 'look',
    text: `SELECT 'token ' || id AS name FROM tokens WHERE id = ANY($1) AND revoked_at_ms IS NOT NULL
      UNION ALL SELECT 'user ' || id FROM users WHERE id = ANY($2) AND deactivated_at_ms IS NOT NULL`,
    values: [idsOf('token'), idsOf('user')],
  });
  const seenMs = monotonicMs();
  const seen = new Set(rows.map(({ name }) => name));
  for (const entry of looked) {
    const name = nameOf(entry.expected);
    if (!seen.has(name)) {
      entry.notBeforeMs = startedMs;
      continue;
    }
    pending.delete(name);
    tell({ report: 'seen', name, sighting: { notBeforeMs: entry.notBeforeMs, seenMs } });
  }
}

function tellLooked(ids: readonly number[]): void {
  for (const id of ids) tell({ report: 'looked', id });
}
