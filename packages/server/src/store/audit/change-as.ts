/**
 * Runs a change of the account tables in a transaction that knows who makes it: the tables' triggers copy
 * that into the audit trail. Decides nothing about the change.
 */
import { sql } from 'kysely';
import type { Actor } from '../../core/access/actor.ts';
import { type AccountTransaction, accountQueries } from '../accounts/account-tables.ts';
import type { Store } from '../engines/open-store.ts';
import { actorColumns } from './actor-columns.ts';

/** Commits when `work` returns, undoes everything (the audit rows too) when it throws. */
export function changeAs<T>(
  store: Store,
  actor: Actor,
  work: (transaction: AccountTransaction) => Promise<T>,
): Promise<T> {
  return accountQueries(store)
    .transaction()
    .execute(async (transaction) => {
      const row = actorColumns(actor);
      if (store.dialect === 'postgres') {
        // `true`: the setting ends with the transaction, so a pooled connection carries it no further.
        await sql`SELECT set_config('lencana.actor', ${JSON.stringify(row)}, true)`.execute(transaction);
        return work(transaction);
      }
      await transaction
        .replaceInto('change_actor')
        .values({ id: 1, ...row })
        .execute();
      const result = await work(transaction);
      await transaction.deleteFrom('change_actor').execute();
      return result;
    });
}
