/**
 * What services report of uses: the latest of each token, apart from what nodes saw themselves, and which batches have counted. Whether
 * a report can be true is decided elsewhere.
 */
import { sql } from 'kysely';
import type { ReportedUse } from '../../core/usage/usage-recorder.ts';
import type { Store } from '../engines/open-store.ts';

/** Verifiers of one service credential whose batches are remembered. */
export const INSTANCES_MAX = 1000;
/** Longer than a report may be old: one that is no longer remembered is refused for its age. */
export const REPORTER_KEPT_MS = 24 * 60 * 60 * 1000;

/** One statement. An older report never replaces a newer one. Rows are taken in one order, so that nodes cannot wait for each other. */
export async function recordReportedUses(store: Store, uses: readonly ReportedUse[]): Promise<void> {
  const sorted = [...uses].sort((one, other) => (one.tokenId < other.tokenId ? -1 : 1));
  const rows = sorted.map(({ tokenId, atMs, address, agent, reporter }) => ({
    token_id: tokenId,
    used_at_ms: Math.floor(atMs),
    address,
    agent,
    reported_by: reporter.id,
  }));
  if (rows.length === 0) return;
  await store.unsynced
    .insertInto('reported_uses')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .column('token_id')
        .doUpdateSet((row) => ({
          used_at_ms: row.ref('excluded.used_at_ms'),
          address: row.ref('excluded.address'),
          agent: row.ref('excluded.agent'),
          reported_by: row.ref('excluded.reported_by'),
        }))
        .whereRef('reported_uses.used_at_ms', '<', 'excluded.used_at_ms'),
    )
    .execute();
}

export type Batch = {
  readonly clientId: string;
  readonly instanceId: string;
  readonly batch: number;
  readonly atMs: number;
};

/** `counted`: this call is the one that counts it. `again`: it has counted. */
export type BatchOutcome = 'counted' | 'again' | 'too_many_instances';

export type BatchRegister = {
  count(batch: Batch): Promise<BatchOutcome>;
  /** Forgets verifiers that have reported nothing for long. */
  sweep(nowMs: number): Promise<void>;
};

/**
 * A verifier sends one batch after the other, so the largest number says which have counted. Of two nodes that get the same batch at
 * once, one waits for the other's row.
 */
export function createBatchRegister({ unsynced }: Store): BatchRegister {
  return {
    async count({ clientId, instanceId, batch, atMs }) {
      const { rows } = await sql`
        INSERT INTO use_reporters (client_id, instance_id, last_batch, reported_at_ms)
        SELECT ${clientId}, ${instanceId}, ${sql.lit(batch)}, ${sql.lit(atMs)}
        WHERE (SELECT count(*) FROM use_reporters WHERE client_id = ${clientId}) < ${sql.lit(INSTANCES_MAX)}
          OR EXISTS (SELECT 1 FROM use_reporters WHERE client_id = ${clientId} AND instance_id = ${instanceId})
        ON CONFLICT (client_id, instance_id) DO UPDATE
        SET last_batch = excluded.last_batch, reported_at_ms = excluded.reported_at_ms
        WHERE use_reporters.last_batch < excluded.last_batch
        RETURNING last_batch`.execute(unsynced);
      if (rows.length > 0) return 'counted';
      const known = await unsynced
        .selectFrom('use_reporters')
        .select('last_batch')
        .where('client_id', '=', clientId)
        .where('instance_id', '=', instanceId)
        .executeTakeFirst();
      return known ? 'again' : 'too_many_instances';
    },

    async sweep(nowMs) {
      await unsynced
        .deleteFrom('use_reporters')
        .where('reported_at_ms', '<', nowMs - REPORTER_KEPT_MS)
        .execute();
    },
  };
}
