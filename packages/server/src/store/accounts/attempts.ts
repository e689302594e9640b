/**
 * Counts attempts in fixed windows, shared by all nodes. Each attempt that counts is one statement, so that
 * parallel ones cannot pass between a read and a write; one beyond the limit writes nothing.
 */
import { sql } from 'kysely';
import type { Store } from '../engines/open-store.ts';
import { accountQueries } from './account-tables.ts';

/** At most `attempts` in a window of `windowMs` milliseconds, which begins with the first of them. */
export type Limit = { readonly attempts: number; readonly windowMs: number };

export type Attempt = {
  /** False: the window has its attempts already, and this one was not counted. */
  readonly within: boolean;
  readonly windowStartedAtMs: number;
};

/** Windows older than this are taken away as new ones begin. */
const KEPT_MS = 24 * 60 * 60 * 1000;

export async function countAttempt(store: Store, key: string, limit: Limit, nowMs: number): Promise<Attempt> {
  const full = await findFullWindow(store, key, limit, nowMs);
  if (full !== null) return { within: false, windowStartedAtMs: full };
  const over = sql<boolean>`rate_limits.window_started_at_ms <= ${nowMs - limit.windowMs}`;
  const row = await accountQueries(store)
    .insertInto('rate_limits')
    .values({ key, count: 1, window_started_at_ms: nowMs })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({
          count: sql<number>`CASE WHEN ${over} THEN 1 ELSE rate_limits.count + 1 END`,
          window_started_at_ms: sql<number>`CASE WHEN ${over} THEN ${nowMs} ELSE rate_limits.window_started_at_ms END`,
        })
        .where(({ or, eb }) => or([over, eb('rate_limits.count', '<', limit.attempts)])),
    )
    .returning(['count', 'window_started_at_ms'])
    .executeTakeFirst();
  // Attempts side by side have filled the window since it was read.
  if (!row) {
    return { within: false, windowStartedAtMs: (await findFullWindow(store, key, limit, nowMs)) ?? nowMs };
  }
  if (row.count === 1) await deleteOldWindows(store, nowMs);
  return { within: true, windowStartedAtMs: row.window_started_at_ms };
}

/** When the window began that takes no more attempts; null: there is room. */
async function findFullWindow(
  store: Store,
  key: string,
  limit: Limit,
  nowMs: number,
): Promise<number | null> {
  const row = await accountQueries(store)
    .selectFrom('rate_limits')
    .select('window_started_at_ms')
    .where('key', '=', key)
    .where('count', '>=', limit.attempts)
    .where('window_started_at_ms', '>', nowMs - limit.windowMs)
    .executeTakeFirst();
  return row?.window_started_at_ms ?? null;
}

async function deleteOldWindows(store: Store, nowMs: number): Promise<void> {
  await accountQueries(store)
    .deleteFrom('rate_limits')
    .where('window_started_at_ms', '<', nowMs - KEPT_MS)
    .execute();
}

/** Takes one counted attempt back. The others of the window stay counted. */
export async function uncountAttempt(store: Store, key: string): Promise<void> {
  await accountQueries(store)
    .updateTable('rate_limits')
    .set({ count: sql<number>`count - 1` })
    .where('key', '=', key)
    .where('count', '>', 0)
    .execute();
}

export async function forgetAttempts(store: Store, key: string): Promise<void> {
  await accountQueries(store).deleteFrom('rate_limits').where('key', '=', key).execute();
}
