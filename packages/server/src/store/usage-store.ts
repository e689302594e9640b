/** Writes batches of uses and refusals: rows in one order, so that nodes that flush at once never wait for each other in a ring. */
import type { Kysely } from 'kysely';
import type { UsageStore } from '../core/usage-recorder.ts';
import { appendAudit } from './audit-events.ts';
import type { Database } from './schema.ts';

export function createUsageStore(kysely: Kysely<Database>): UsageStore {
  return {
    record: (uses, refusals) =>
      kysely.transaction().execute(async (transaction) => {
        for (const use of [...uses].sort((one, other) => (one.tokenId < other.tokenId ? -1 : 1))) {
          await transaction
            .updateTable('tokens')
            .set({
              last_used_at_ms: use.atMs,
              last_used_address: use.address,
              last_used_client: use.client,
            })
            .where('id', '=', use.tokenId)
            .where((or) => or.or([or('last_used_at_ms', 'is', null), or('last_used_at_ms', '<', use.atMs)]))
            .execute();
        }
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
