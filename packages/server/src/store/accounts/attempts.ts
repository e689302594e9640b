/**
 * Counts attempts in fixed windows, shared by all nodes. Each attempt is one statement, so that parallel ones
 * cannot pass between a read and a write.
 */
import { sql } from 'kysely';
import type { Store } from '../engines/open-store.ts';
import { accountQueries } from './account-tables.ts';

export type Attempts = {
  /** Attempts in this window, this one included. */
  readonly count: number;
  readonly windowStartedAtMs: number;
};

/** Windows older than this are taken away as new ones begin. */
const KEPT_MS = 24 * 60 * 60 * 1000;

export async function countAttempt(
  store: Store,
  key: string,
  windowMs: number,
  nowMs: number,
): Promise<Attempts> {
  const over = sql<boolean>`rate_limits.window_started_at_ms <= ${nowMs - windowMs}`;
  const row = await accountQueries(store)
    .insertInto('rate_limits')
    .values({ key, count: 1, window_started_at_ms: nowMs })
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet({
        count: sql<number>`CASE WHEN ${over} THEN 1 ELSE rate_limits.count + 1 END`,
        window_started_at_ms: sql<number>`CASE WHEN ${over} THEN ${nowMs} ELSE rate_limits.window_started_at_ms END`,
      }),
    )
    .returning(['count', 'window_started_at_ms'])
    .executeTakeFirstOrThrow();
  if (row.count === 1) {
    await accountQueries(store)
      .deleteFrom('rate_limits')
      .where('window_started_at_ms', '<', nowMs - KEPT_MS)
      .execute();
  }
  return { count: row.count, windowStartedAtMs: row.window_started_at_ms };
}

export async function forgetAttempts(store: Store, key: string): Promise<void> {
  await accountQueries(store).deleteFrom('rate_limits').where('key', '=', key).execute();
}
