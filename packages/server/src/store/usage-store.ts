/** Writes batches of uses and refusals. Tokens that somebody else is writing are passed over, so no batch waits for another's. */
import { sql } from 'kysely';
import type { UsageStore, Use } from '../core/usage-recorder.ts';
import { appendAudit } from './audit-events.ts';
import type { Store } from './open-store.ts';

export function createUsageStore(store: Store): UsageStore {
  const { kysely } = store;
  return {
    recordUses: (uses) =>
      store.dialect === 'sqlite' ? recordOnSqlite(store, uses) : recordOnPostgres(store, uses),
    recordRefusals: (refusals) =>
      kysely.transaction().execute(async (transaction) => {
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

/** There is one writer at a time: nothing is passed over. */
async function recordOnSqlite({ kysely }: Store, uses: readonly Use[]): Promise<readonly string[]> {
  const rows = JSON.stringify(
    uses.map((use) => [use.tokenId, Math.floor(use.atMs), use.address, use.client]),
  );
  await sql`
    UPDATE tokens SET last_used_at_ms = used.at_ms, last_used_address = used.address, last_used_client = used.client
    FROM (
      SELECT value ->> 0 AS id, value ->> 1 AS at_ms, value ->> 2 AS address, value ->> 3 AS client
      FROM json_each(${rows})
    ) AS used
    WHERE tokens.id = used.id AND (tokens.last_used_at_ms IS NULL OR tokens.last_used_at_ms < used.at_ms)
  `.execute(kysely);
  return [];
}

function recordOnPostgres({ kysely }: Store, uses: readonly Use[]): Promise<readonly string[]> {
  const used = sql`
    unnest(
      ${uses.map((use) => use.tokenId)}::TEXT[],
      ${uses.map((use) => Math.floor(use.atMs))}::BIGINT[],
      ${uses.map((use) => use.address)}::TEXT[],
      ${uses.map((use) => use.client)}::TEXT[]
    ) AS used (id, at_ms, address, client)`;
  const isNewer = sql`(tokens.last_used_at_ms IS NULL OR tokens.last_used_at_ms < used.at_ms)`;
  return kysely.transaction().execute(async (transaction) => {
    await sql`
      WITH free AS (
        SELECT tokens.id FROM tokens JOIN ${used} ON used.id = tokens.id
        WHERE ${isNewer} FOR NO KEY UPDATE OF tokens SKIP LOCKED
      )
      UPDATE tokens SET last_used_at_ms = used.at_ms, last_used_address = used.address, last_used_client = used.client
      FROM ${used} JOIN free ON free.id = used.id
      WHERE tokens.id = used.id AND ${isNewer}
    `.execute(transaction);
    const left = await sql<{ id: string }>`
      SELECT tokens.id FROM tokens JOIN ${used} ON used.id = tokens.id WHERE ${isNewer}
    `.execute(transaction);
    return left.rows.map(({ id }) => id);
  });
}
