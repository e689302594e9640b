/**
 * Writes batches of uses and refusals. A batch of uses is one statement and its own short transaction, and waits for no row: what
 * another node is writing at this moment is left for the next time. It changes nothing that a verdict says.
 */
import { sql } from 'kysely';
import type { UsageStore, Use } from '../core/usage-recorder.ts';
import { appendAudit } from './audit-events.ts';
import type { Store } from './open-store.ts';

export function createUsageStore(store: Store): UsageStore {
  return {
    recordUses: (uses) =>
      store.dialect === 'sqlite' ? usesOnSqlite(store, uses) : usesOnPostgres(store, uses),
    recordRefusals: (refusals) =>
      store.kysely.transaction().execute(async (transaction) => {
        for (const refusal of refusals) {
          const { address, client } = refusal.last;
          const actor = { kind: 'token' as const, id: refusal.tokenId, address, client, requestId: null };
          await appendAudit(transaction, actor, {
            action: 'token.refuse',
            subjectKind: 'token',
            subjectId: refusal.tokenId,
            organizationId: refusal.organizationId,
            details: {
              holder_id: refusal.holderId,
              reason: refusal.reason,
              count: refusal.count,
              first_at_ms: refusal.firstAtMs,
              last_at_ms: refusal.last.atMs,
            },
          });
        }
      }),
  };
}

async function usesOnSqlite({ unsynced }: Store, uses: readonly Use[]): Promise<readonly Use[]> {
  await sql`
    UPDATE tokens
    SET last_used_at_ms = use.at_ms, last_used_address = use.address, last_used_client = use.client
    FROM (
      SELECT value ->> 'tokenId' AS id, value ->> 'atMs' AS at_ms, value ->> 'address' AS address,
        value ->> 'client' AS client
      FROM json_each(${JSON.stringify(uses.map((use) => ({ ...use, atMs: Math.floor(use.atMs) })))})
    ) AS use
    WHERE tokens.id = use.id AND (tokens.last_used_at_ms IS NULL OR tokens.last_used_at_ms < use.at_ms)`.execute(
    unsynced,
  );
  return [];
}

/** Rows that somebody else has locked, a burst from other nodes or a revocation, are passed over and answered. */
async function usesOnPostgres({ kysely }: Store, uses: readonly Use[]): Promise<readonly Use[]> {
  const { rows } = await sql<{ id: string }>`
    WITH use AS (
      SELECT * FROM unnest(
        ${uses.map(({ tokenId }) => tokenId)}::TEXT[], ${uses.map(({ atMs }) => Math.floor(atMs))}::BIGINT[],
        ${uses.map(({ address }) => address)}::TEXT[], ${uses.map(({ client }) => client)}::TEXT[]
      ) AS use (id, at_ms, address, client)
    ), free AS (
      SELECT tokens.id FROM tokens JOIN use ON use.id = tokens.id
      WHERE tokens.last_used_at_ms IS NULL OR tokens.last_used_at_ms < use.at_ms
      FOR NO KEY UPDATE OF tokens SKIP LOCKED
    ), written AS (
      UPDATE tokens
      SET last_used_at_ms = use.at_ms, last_used_address = use.address, last_used_client = use.client
      FROM use JOIN free ON free.id = use.id
      WHERE tokens.id = use.id
    )
    SELECT use.id FROM use JOIN tokens ON tokens.id = use.id
    WHERE (tokens.last_used_at_ms IS NULL OR tokens.last_used_at_ms < use.at_ms)
      AND NOT EXISTS (SELECT 1 FROM free WHERE free.id = use.id)`.execute(kysely);
  if (rows.length === 0) return [];
  const skipped = new Set(rows.map(({ id }) => id));
  return uses.filter(({ tokenId }) => skipped.has(tokenId));
}
