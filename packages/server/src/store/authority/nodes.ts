/**
 * The processes that hold leases, in the table `nodes`: registered before their first sync, known to all until their last lease is over.
 * From it comes how long a revocation waits.
 *
 * Why `freshnessMsMax`, read after a commit at c, bounds every lease that began before c and is not yet over when it is read, at r:
 * A node registers, in a committed transaction of its own, before its first sync, and a sync gives a lease only if it finds the node's
 * row there and not stopped. So the row of a lease that began before c is committed before r, with the freshness that this lease
 * has, because the freshness of an id never changes. It may be gone by r only if somebody deleted it, and a row is deleted only
 * after it was seen stopped for longer than its freshness and a margin, on the monotonic clock of who deletes. Each sync that gave
 * a lease began before the row was stopped, so each of these leases was over when the row was deleted.
 *
 * Wall clocks decide nothing. That a node is dead is only guessed (no heartbeat for long): if it lives after all, it finds itself
 * stopped, gets no lease, and registers again.
 */
import { type Kysely, sql } from 'kysely';
import type { Store } from '../engines/open-store.ts';
import type { Database } from '../engines/schema.ts';

export type NodeIdentity = {
  /** One for each start of a process. */
  readonly id: string;
  readonly kind: string;
  readonly hostname: string;
  readonly version: string;
  readonly pid: number;
};

export type ListedNode = NodeIdentity & {
  readonly freshnessMs: number;
  readonly startedAtMs: number;
  readonly heartbeatAtMs: number;
  /** How often it was heard of; tells of life where clocks differ. */
  readonly heartbeatCount: number;
  readonly appliedSeq: number;
  /** Stopped cleanly, or not heard of for long. */
  readonly stoppedAtMs: number | null;
};

/** How often a node is heard of at least, in milliseconds; with a long freshness, at each sync. */
export const HEARTBEAT_MS = 5000;
/** Beyond a row's freshness before it is deleted, in milliseconds: far more than clocks drift in that time. */
const DELETION_MARGIN_MS = 1000;

/** The statement that registers a node, or takes back that it was stopped. */
export function registration(
  kysely: Kysely<Database>,
  node: NodeIdentity,
  freshnessMs: number,
  nowMs: number,
) {
  return kysely
    .insertInto('nodes')
    .values({
      id: node.id,
      kind: node.kind,
      hostname: node.hostname,
      version: node.version,
      pid: node.pid,
      freshness_ms: freshnessMs,
      started_at_ms: nowMs,
      heartbeat_at_ms: nowMs,
      stopped_at_ms: null,
    })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet({
        heartbeat_at_ms: nowMs,
        heartbeat_count: sql`nodes.heartbeat_count + 1`,
        stopped_at_ms: null,
      }),
    );
}

/** The statement of a clean stop. The row stays: services may still hold leases that they got from the node. */
export const stopping = (kysely: Kysely<Database>, id: string, nowMs: number) =>
  kysely
    .updateTable('nodes')
    .set({ stopped_at_ms: nowMs })
    .where('id', '=', id)
    .where('stopped_at_ms', 'is', null);

export async function listNodes(kysely: Kysely<Database>): Promise<ListedNode[]> {
  const rows = await kysely.selectFrom('nodes').selectAll().orderBy('started_at_ms').orderBy('id').execute();
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    hostname: row.hostname,
    version: row.version,
    pid: row.pid,
    freshnessMs: row.freshness_ms,
    startedAtMs: row.started_at_ms,
    heartbeatAtMs: row.heartbeat_at_ms,
    heartbeatCount: row.heartbeat_count,
    appliedSeq: row.applied_seq,
    stoppedAtMs: row.stopped_at_ms,
  }));
}

/**
 * The longest that a lease lasts which began before this call, in milliseconds; 0: no node runs. To be asked after the commit. On
 * PostgreSQL it writes to the log of the cluster, as a sync does: an old primary that was fenced off, to which a pooled connection
 * may still lead, knows nothing of nodes that have registered since and must not answer. Nothing is left of what is written.
 */
export async function freshnessMsMax({
  kysely,
  dialect,
}: Pick<Store, 'kysely' | 'dialect'>): Promise<number> {
  const longest = kysely
    .selectFrom('nodes')
    .select(({ fn }) => fn.max<number | null>('freshness_ms').as('longest'));
  if (dialect === 'sqlite') return (await longest.executeTakeFirst())?.longest ?? 0;
  const proven = longest.select(sql`pg_logical_emit_message(true, 'lencana', ''::TEXT)`.as('proof'));
  return (await proven.executeTakeFirst())?.longest ?? 0;
}

type Sighting = { readonly count: number; readonly stopped: boolean; readonly sinceMs: number };

/**
 * Watches the other nodes' rows. `sweep` is to be called every few seconds; it stops rows that are no longer heard of, and deletes
 * stopped ones when their leases are over.
 */
export function createNodeWatch(
  kysely: Kysely<Database>,
  clock: { readonly monotonicMs: () => number; readonly wallMs: () => number },
) {
  let sightings = new Map<string, Sighting>();

  async function sweep(): Promise<void> {
    const before = sightings;
    // A database that cannot be asked is no sign of anybody's death: what was seen before the outage counts for nothing.
    sightings = new Map();
    const askedAtMs = clock.monotonicMs();
    const nodes = await listNodes(kysely);
    const seenAtMs = clock.monotonicMs();
    const seen = new Map<string, Sighting>();
    for (const { id, heartbeatCount: count, stoppedAtMs, freshnessMs } of nodes) {
      const stopped = stoppedAtMs !== null;
      const earlier = before.get(id);
      const same = earlier?.count === count && earlier.stopped === stopped;
      const sighting = same ? earlier : { count, stopped, sinceMs: seenAtMs };
      seen.set(id, sighting);
      const unchangedMs = askedAtMs - sighting.sinceMs;
      if (stopped && unchangedMs > freshnessMs + DELETION_MARGIN_MS) {
        await erase(id, count);
        seen.delete(id);
      }
      if (!stopped && unchangedMs > quietMs(freshnessMs)) await stop(id, count);
    }
    sightings = seen;
  }

  const stop = (id: string, count: number) =>
    stopping(kysely, id, clock.wallMs()).where('heartbeat_count', '=', count).execute();

  const erase = (id: string, count: number) =>
    kysely
      .deleteFrom('nodes')
      .where('id', '=', id)
      .where('heartbeat_count', '=', count)
      .where('stopped_at_ms', 'is not', null)
      .execute();

  return { sweep };
}

/** Three heartbeats missed, and its lease over. */
const quietMs = (freshnessMs: number) =>
  3 * Math.max(HEARTBEAT_MS, freshnessMs) + freshnessMs + DELETION_MARGIN_MS;
