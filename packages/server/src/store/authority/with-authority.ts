/**
 * The one way to change what belongs to somebody: tokens, kept replies, credentials, accounts. Opens the transaction, has what the act
 * rests on locked and looked at again (core/authority/standing.ts), and names the actor to the triggers. Decides nothing about the change.
 */
import { sql, type Transaction } from 'kysely';
import type { Actor } from '../../core/access/actor.ts';
import { type Basis, establishAuthority, type LockedAccounts } from '../../core/authority/standing.ts';
import { actorColumns } from '../audit/actor-columns.ts';
import type { Store } from '../engines/open-store.ts';
import type { Database } from '../engines/schema.ts';
import { authorityRowsOf } from './standing.ts';

declare const authorized: unique symbol;
/** No other transaction may change what belongs to somebody. */
export type Authorized = { readonly [authorized]: true };
export type AuthorizedTransaction = Transaction<Database> & Authorized;

/**
 * Commits when `work` returns, undoes everything (the audit rows too) when it throws. Triggers of the account tables know the actor.
 * @throws Refusal as establishAuthority does
 */
export function withAuthority<T>(
  store: Store,
  actor: Actor,
  basis: Basis,
  work: (transaction: AuthorizedTransaction, accounts: LockedAccounts) => Promise<T>,
): Promise<T> {
  return store.kysely.transaction().execute(async (transaction) => {
    const locked = await establishAuthority(authorityRowsOf(store, transaction), actor, basis);
    await nameActor(store, transaction, actor);
    const result = await work(transaction as AuthorizedTransaction, locked);
    // Only SQLite keeps it in a table, which nobody else may ever see filled.
    if (store.dialect === 'sqlite') await sql`DELETE FROM change_actor`.execute(transaction);
    return result;
  });
}

async function nameActor(store: Store, transaction: Transaction<Database>, actor: Actor): Promise<void> {
  const row = actorColumns(actor);
  if (store.dialect === 'postgres') {
    // `true`: the setting ends with the transaction, so a pooled connection carries it no further.
    await sql`SELECT set_config('lencana.actor', ${JSON.stringify(row)}, true)`.execute(transaction);
    return;
  }
  const columns = Object.keys(row).map((name) => sql.ref(name));
  await sql`
    REPLACE INTO change_actor (id, ${sql.join(columns)}) VALUES (1, ${sql.join(Object.values(row))})`.execute(
    transaction,
  );
}
