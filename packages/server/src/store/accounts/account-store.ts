/** Roles of accounts, and whether they are open, in SQL. Judges nothing but that somebody is left who administers. */
import type { AccountStore } from '../../core/accounts/account-service.ts';
import type { Store } from '../engines/open-store.ts';
import { changeAccounts } from './change-accounts.ts';
import {
  countOtherAdministrators,
  findUserByEmail,
  listAdministratorIds,
  type UserChange,
  updateUser,
} from './user-records.ts';

export function createAccountStore(store: Store): AccountStore {
  return {
    edit: async (email, { role, active }, atMs, actor) => {
      const user = await findUserByEmail(store, email);
      if (!user) return null;
      // All administrators are locked, so that no two of them are made the last at once.
      const accounts = [user.id, ...(await listAdministratorIds(store))];
      return changeAccounts(store, actor, { accounts }, async (transaction, locked) => {
        const before = locked.get(user.id);
        if (!before) return null;
        const next = { role: role ?? before.role, active: active ?? before.isActive };
        const leaves =
          before.role === 'administrator' &&
          before.isActive &&
          !(next.role === 'administrator' && next.active);
        if (leaves && (await countOtherAdministrators(transaction, user.id)) === 0)
          return 'last_administrator';
        const change: UserChange = {
          ...(role && { role }),
          ...(next.active === before.isActive ? {} : { deactivatedAtMs: next.active ? null : atMs }),
        };
        await updateUser(transaction, user.id, change, atMs);
        return { id: user.id, ...next };
      });
    },
  };
}
