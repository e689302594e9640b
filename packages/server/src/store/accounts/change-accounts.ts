/** A change of the account tables, on an authority that is looked at again in its own transaction. Decides nothing about the change. */
import type { Actor } from '../../core/access/actor.ts';
import type { Basis, LockedAccounts } from '../../core/authority/standing.ts';
import { type Authorized, withAuthority } from '../authority/with-authority.ts';
import type { Store } from '../engines/open-store.ts';
import type { AccountTransaction } from './account-tables.ts';

export type AuthorizedAccountTransaction = AccountTransaction & Authorized;

/** As withAuthority, with the account tables in sight. @throws Refusal as withAuthority does */
export function changeAccounts<T>(
  store: Store,
  actor: Actor,
  basis: Basis,
  work: (transaction: AuthorizedAccountTransaction, accounts: LockedAccounts) => Promise<T>,
): Promise<T> {
  return withAuthority(store, actor, basis, (transaction, accounts) =>
    work(transaction as unknown as AuthorizedAccountTransaction, accounts),
  );
}
