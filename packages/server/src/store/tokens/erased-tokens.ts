/** Takes away the rows of tokens that were deleted long ago, with all that hangs on them. What the audit trail says of them stays. */
import { SYSTEM } from '../../core/access/actor.ts';
import { type AuthorizedTransaction, withAuthority } from '../authority/with-authority.ts';
import { inBoundedSteps } from '../engines/bounded-steps.ts';
import type { Store } from '../engines/open-store.ts';

/** So many tokens in one transaction: nobody who writes waits long for it. */
const ERASED_AT_ONCE = 200;

/** Erases what was revoked before that instant, in transactions of a bounded size. One that fails leaves what the others did. */
export function eraseRevoked(store: Store, beforeMs: number): Promise<void> {
  return inBoundedSteps(ERASED_AT_ONCE, (atOnce) => eraseSome(store, beforeMs, atOnce));
}

function eraseSome(store: Store, beforeMs: number, atOnce: number): Promise<number> {
  return withAuthority(store, SYSTEM, {}, async (transaction) => {
    const rows = await transaction
      .selectFrom('tokens')
      .select('id')
      .where('revoked_at_ms', '<', beforeMs)
      .orderBy('revoked_at_ms')
      .limit(atOnce)
      .execute();
    const ids = rows.map(({ id }) => id);
    if (ids.length === 0) return 0;
    await handMakersOn(transaction, ids);
    await transaction
      .deleteFrom('idempotent_replies')
      .where('subject_kind', '=', 'token')
      .where('subject_id', 'in', ids)
      .execute();
    for (const table of ['token_secrets', 'token_uses', 'reported_uses'] as const) {
      await transaction.deleteFrom(table).where('token_id', 'in', ids).execute();
    }
    await transaction.deleteFrom('tokens').where('id', 'in', ids).execute();
    return ids.length;
  });
}

/**
 * What the erased tokens made counts from now on as made by what had made them: whoever deletes a token with all that came of it still
 * reaches its grandchildren. Goes up a step at a time, since a token and its maker may be erased together.
 */
async function handMakersOn(transaction: AuthorizedTransaction, ids: readonly string[]): Promise<void> {
  for (let moved = 1; moved > 0; ) {
    const { numUpdatedRows } = await transaction
      .updateTable('tokens')
      .set((row) => ({
        made_by_token_id: row
          .selectFrom('tokens as maker')
          .select('maker.made_by_token_id')
          .whereRef('maker.id', '=', 'tokens.made_by_token_id'),
      }))
      .where('made_by_token_id', 'in', ids)
      .where('id', 'not in', ids)
      .executeTakeFirst();
    moved = Number(numUpdatedRows);
  }
}
