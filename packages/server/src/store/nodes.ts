/** The processes that verify: who they are, when they were last heard of, and the largest freshness that any of them runs with. */
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Store } from './open-store.ts';
import type { Database, NodesTable } from './schema.ts';

export type NodeIdentity = {
  /** Another one at each start of a process. */
  readonly id: string;
  /** What a person calls it: host, and which of its processes. */
  readonly name: string;
  readonly version: string;
  readonly pid: number;
  /** S in milliseconds; the same for as long as the id. */
  readonly freshnessMs: number;
};

export type ListedNode = Selectable<NodesTable>;

export type NodeStore = ReturnType<typeof createNodeStore>;

export function createNodeStore(store: Store) {
  const { kysely } = store;
  return {
    /** Committed when it resolves. Known already: as it is. */
    register: async (node: NodeIdentity, nowMs: number): Promise<void> => {
      await kysely
        .insertInto('nodes')
        .values({
          id: node.id,
          name: node.name,
          version: node.version,
          pid: node.pid,
          freshness_ms: node.freshnessMs,
          started_at_ms: nowMs,
          heartbeat_at_ms: nowMs,
        })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    },

    /** On SQLite, where a sync writes nothing. False: the row is gone. */
    beat: async (id: string, appliedSeq: number, nowMs: number): Promise<boolean> => {
      const { numUpdatedRows } = await kysely
        .updateTable('nodes')
        .set(({ eb }) => ({
          heartbeat_at_ms: nowMs,
          heartbeat_count: eb('heartbeat_count', '+', 1),
          applied_seq: appliedSeq,
        }))
        .where('id', '=', id)
        .executeTakeFirstOrThrow();
      return numUpdatedRows > 0n;
    },

    /** The row stays: services may go on for S on what this node told them last. */
    stopped: async (id: string, nowMs: number): Promise<void> => {
      await kysely.updateTable('nodes').set({ stopped_at_ms: nowMs }).where('id', '=', id).execute();
    },

    list: (): Promise<ListedNode[]> =>
      kysely.selectFrom('nodes').selectAll().orderBy('started_at_ms').orderBy('id').execute(),

    /** Gone only if nothing was heard of it since: whoever beats meanwhile stays. */
    forget: async (id: string, heartbeatCount: number): Promise<void> => {
      await kysely
        .deleteFrom('nodes')
        .where('id', '=', id)
        .where('heartbeat_count', '=', heartbeatCount)
        .execute();
    },

    /** In milliseconds; 0 where no node was ever registered: then none has a lease. */
    freshnessMsMax: async (): Promise<number> => {
      const row = await kysely
        .selectFrom('nodes')
        .select(({ fn }) => fn.max<number | null>('freshness_ms').as('freshness_ms'))
        .executeTakeFirstOrThrow();
      return row.freshness_ms ?? 0;
    },

    /** Clears changes away that were made before, in one transaction; whoever has not read them yet starts over. */
    clearChanges: (beforeMs: number): Promise<void> => clearChanges(kysely, beforeMs),

    /** SQLite: what was learnt before this start counts no more, a restored file may be in place. */
    renewHistory: async (): Promise<void> => {
      if (store.dialect !== 'sqlite') return;
      await sql`UPDATE authority_log SET history = lower(hex(randomblob(16)))`.execute(kysely);
    },
  };
}

function clearChanges(kysely: Kysely<Database>, beforeMs: number): Promise<void> {
  return kysely.transaction().execute(async (transaction) => {
    const { seq } = await transaction
      .selectFrom('authority_changes')
      .select(({ fn }) => fn.max<number | null>('seq').as('seq'))
      .where('at_ms', '<', beforeMs)
      .executeTakeFirstOrThrow();
    if (seq === null) return;
    await transaction.deleteFrom('authority_changes').where('seq', '<=', seq).execute();
    await transaction
      .updateTable('authority_log')
      .set({ kept_after_seq: seq })
      .where('kept_after_seq', '<', seq)
      .execute();
  });
}
