/**
 * Writes batches of uses and refusals. A batch of uses is one statement and its own short transaction, and waits for no row: what
 * another node is writing at this moment is left for the next time. It changes nothing that a verdict says.
 */
import { sql } from 'kysely';
import { type Actor, SYSTEM } from '../../core/access/actor.ts';
import type { Use } from '../../core/usage/pending-uses.ts';
import type { ExcessRefusals } from '../../core/usage/reported-rows.ts';
import type { RefusalCount, UsageStore } from '../../core/usage/usage-recorder.ts';
import { type AuditEvent, appendAudits } from '../audit/audit-events.ts';
import type { Store } from '../engines/open-store.ts';
import { recordReportedUses } from './reported-uses.ts';

/** Which advisory lock of PostgreSQL whoever adds rows holds. */
const FIRST_USES_LOCK = 7_305_266_003;

export function createUsageStore(store: Store): UsageStore {
  return {
    recordUses: (uses) =>
      store.dialect === 'sqlite' ? usesOnSqlite(store, uses) : usesOnPostgres(store, uses),
    recordReportedUses: (uses) => recordReportedUses(store, uses),
    recordRefusals: (refusals) =>
      store.kysely
        .transaction()
        .execute((transaction) => appendAudits(transaction, refusals.map(refusalAudit))),
    recordExcess: (excess) =>
      store.kysely.transaction().execute((transaction) => appendAudits(transaction, excess.map(excessAudit))),
  };
}

function refusalAudit(refusal: RefusalCount): readonly [Actor, AuditEvent] {
  const { tokenId, organizationId, holderId, reason, count, firstAtMs, last, reported } = refusal;
  const { address, agent: client } = last;
  return [
    {
      ...SYSTEM,
      kind: 'token',
      id: tokenId,
      onBehalfOf: holderId,
      way: 'token',
      address,
      agent: client,
      tokenId,
    },
    {
      action: 'token.refuse',
      subjectKind: 'token',
      subjectId: tokenId,
      organizationId,
      details: {
        holder_id: holderId,
        reason,
        count,
        first_at_ms: firstAtMs,
        last_at_ms: last.atMs,
        // The word of a service, not what a node saw.
        ...(reported && {
          reported_by: reported.reporter.id,
          reporter_name: reported.reporter.name,
          ...(reported.reason !== null && { reported_reason: reported.reason }),
          secret_id: reported.secretId,
          scope: reported.scope,
        }),
      },
    },
  ];
}

/** About the service, of no token: which ones it reported is not kept. */
function excessAudit({ reporter, count, firstAtMs, lastAtMs }: ExcessRefusals): readonly [Actor, AuditEvent] {
  return [
    SYSTEM,
    {
      action: 'client.report_excess',
      subjectKind: 'client',
      subjectId: reporter.id,
      organizationId: null,
      details: { reporter_name: reporter.name, count, first_at_ms: firstAtMs, last_at_ms: lastAtMs },
    },
  ];
}

async function usesOnSqlite({ unsynced }: Store, uses: readonly Use[]): Promise<readonly Use[]> {
  const rows = uses.map(({ tokenId, atMs, address, agent }) => [tokenId, Math.floor(atMs), address, agent]);
  await sql`
    INSERT INTO token_uses (token_id, used_at_ms, address, client)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(${JSON.stringify(rows)}) WHERE true
    ON CONFLICT (token_id) DO UPDATE
    SET used_at_ms = excluded.used_at_ms, address = excluded.address, client = excluded.client
    WHERE used_at_ms < excluded.used_at_ms`.execute(unsynced);
  return [];
}

/**
 * Rows that somebody else has locked, a burst from other nodes, are passed over and answered. So are first uses while another node
 * writes some: of two that add the same row one would have to wait.
 */
async function usesOnPostgres({ kysely }: Store, uses: readonly Use[]): Promise<readonly Use[]> {
  const { rows } = await sql<{ id: string }>`
    WITH use AS (
      SELECT * FROM unnest(
        ${uses.map(({ tokenId }) => tokenId)}::TEXT[], ${uses.map(({ atMs }) => Math.floor(atMs))}::BIGINT[],
        ${uses.map(({ address }) => address)}::TEXT[], ${uses.map(({ agent }) => agent)}::TEXT[]
      ) AS use (id, at_ms, address, client)
    ), known AS (
      SELECT use.*, stored.used_at_ms FROM use JOIN token_uses AS stored ON stored.token_id = use.id
    ), free AS (
      SELECT stored.token_id FROM token_uses AS stored JOIN known ON known.id = stored.token_id
      WHERE stored.used_at_ms < known.at_ms
      FOR NO KEY UPDATE OF stored SKIP LOCKED
    ), updated AS (
      UPDATE token_uses AS stored
      SET used_at_ms = known.at_ms, address = known.address, client = known.client
      FROM known JOIN free ON free.token_id = known.id
      WHERE stored.token_id = known.id
    ), first AS (
      SELECT use.* FROM use WHERE NOT EXISTS (SELECT 1 FROM known WHERE known.id = use.id)
    ), turn AS MATERIALIZED (
      SELECT EXISTS (SELECT 1 FROM first) AND pg_try_advisory_xact_lock(${FIRST_USES_LOCK}::BIGINT) AS mine
    ), inserted AS (
      INSERT INTO token_uses AS stored (token_id, used_at_ms, address, client)
      SELECT first.* FROM first, turn WHERE turn.mine
      ON CONFLICT (token_id) DO UPDATE
      SET used_at_ms = excluded.used_at_ms, address = excluded.address, client = excluded.client
      WHERE stored.used_at_ms < excluded.used_at_ms
    )
    SELECT id FROM known WHERE used_at_ms < at_ms AND NOT EXISTS (SELECT 1 FROM free WHERE token_id = id)
    UNION ALL SELECT id FROM first, turn WHERE NOT turn.mine`.execute(kysely);
  if (rows.length === 0) return [];
  const skipped = new Set(rows.map(({ id }) => id));
  return uses.filter(({ tokenId }) => skipped.has(tokenId));
}
