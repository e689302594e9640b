/**
 * This project's own queries on passkeys (better-auth makes its own through its adapter). Judges nothing: rules
 * are in accounts/.
 */
import type { Store } from '../engines/open-store.ts';
import { type AccountTransaction, accountQueries } from './account-tables.ts';

export async function countPasskeys(store: Store, userId: string): Promise<number> {
  const { passkeys } = await accountQueries(store)
    .selectFrom('passkeys')
    .select(({ fn }) => fn.countAll<number | string>().as('passkeys'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return Number(passkeys);
}

/** Takes all of a user's passkeys away; says how many there were. */
export async function deletePasskeys(transaction: AccountTransaction, userId: string): Promise<number> {
  const deleted = await transaction
    .deleteFrom('passkeys')
    .where('user_id', '=', userId)
    .returning('id')
    .execute();
  return deleted.length;
}
