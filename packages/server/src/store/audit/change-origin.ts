/**
 * Runs a change of the account tables in a transaction that knows who makes it: the tables' triggers copy
 * that into the audit trail. Decides nothing about the change.
 */
import { sql } from 'kysely';
import { type AccountTransaction, accountQueries } from '../accounts/account-tables.ts';
import type { Store } from '../engines/open-store.ts';

export type ChangeOrigin = {
  readonly actorKind: 'user' | 'operator' | 'system';
  /** Null with kind `user`: the user whom the change is about. */
  readonly actorId: string | null;
  readonly address: string | null;
  readonly client: string | null;
  readonly requestId: string | null;
  /** The way the change came, like `/reset-password` or `lencana user edit`. */
  readonly via: string | null;
};

/** Commits when `work` returns, undoes everything (the audit rows too) when it throws. */
export function changeFrom<T>(
  store: Store,
  origin: ChangeOrigin,
  work: (transaction: AccountTransaction) => Promise<T>,
): Promise<T> {
  return accountQueries(store)
    .transaction()
    .execute(async (transaction) => {
      const row = {
        actor_kind: origin.actorKind,
        actor_id: origin.actorId,
        address: origin.address,
        client: origin.client,
        request_id: origin.requestId,
        via: origin.via,
      };
      if (store.dialect === 'postgres') {
        // `true`: the setting ends with the transaction, so a pooled connection carries it no further.
        await sql`SELECT set_config('lencana.origin', ${JSON.stringify(row)}, true)`.execute(transaction);
        return work(transaction);
      }
      await transaction
        .replaceInto('change_origin')
        .values({ id: 1, ...row })
        .execute();
      const result = await work(transaction);
      await transaction.deleteFrom('change_origin').execute();
      return result;
    });
}
