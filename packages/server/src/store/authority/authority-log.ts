/**
 * The log of changes of authority from the side of those who keep it: what is no longer needed is cut off, and a database that was put
 * in place of another gets a history of its own. Triggers append to the log, syncs read it (store-source.ts).
 */
import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { inBoundedSteps } from '../engines/bounded-steps.ts';
import type { Store } from '../engines/open-store.ts';

/** How long a change is kept at least, in milliseconds: who was away for longer starts over. */
export const AUTHORITY_KEPT_MS = 60 * 60 * 1000;

/** So many rows at once: a revocation never waits long for the pruning. */
const PRUNED_AT_ONCE = 5000;

/**
 * Erases changes that are older than `keptMs` by the database's clock, in the order of the log, and never the newest. So what is kept
 * has no gap: all changes after the lowest kept seq minus one are there, which is what a sync answers as `keptAfterSeq`.
 */
export async function pruneAuthority(store: Store, keptMs = AUTHORITY_KEPT_MS): Promise<void> {
  const clockMs =
    store.dialect === 'sqlite'
      ? sql<number>`CAST(unixepoch('subsec') * 1000 AS INTEGER)`
      : sql<number>`(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT`;
  const { rows } = await sql<{ keep_from: number | null }>`
    SELECT coalesce(
      (SELECT min(seq) FROM authority_changes WHERE at_ms > ${clockMs} - ${keptMs}),
      (SELECT max(seq) FROM authority_changes)
    ) AS keep_from`.execute(store.kysely);
  const keepFrom = rows[0]?.keep_from ?? 0;
  await inBoundedSteps(PRUNED_AT_ONCE, async (atOnce) => {
    const { numAffectedRows } = await sql`
      DELETE FROM authority_changes WHERE seq IN (
        SELECT seq FROM authority_changes WHERE seq < ${keepFrom} ORDER BY seq LIMIT ${atOnce}
      )`.execute(store.kysely);
    return Number(numAffectedRows ?? 0);
  });
}

/**
 * From here on every verifier, embedded ones too, starts over. For a database that may have been put in place of another: an older
 * copy tells the same positions in the log of other changes. On SQLite each server does so at its start, because a file
 * is put in place while none runs; on PostgreSQL a failover and a restored dump are told without it.
 */
export async function renewHistory(store: Store): Promise<void> {
  await store.kysely
    .insertInto('settings')
    .values({ name: 'history', value: randomBytes(12).toString('hex') })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((row) => ({ value: row.ref('excluded.value') })),
    )
    .execute();
}

/**
 * What the database's history is called now: another one after a restore, a failover, or in another database. Fails on a standby, which
 * cannot be written to.
 */
export async function readHistory(store: Store): Promise<string> {
  const history =
    store.dialect === 'sqlite'
      ? sql<string>`(SELECT value FROM settings WHERE name = 'history')`
      : sql<string>`(SELECT system_identifier::TEXT FROM pg_control_system()) || ':' || authority_history()`;
  const { rows } = await sql<{ history: string | null }>`SELECT ${history} AS history`.execute(store.kysely);
  const found = rows[0]?.history;
  if (!found) throw new Error('The database does not say which history it has.');
  return found;
}
