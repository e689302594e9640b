/**
 * This project's own queries on passkeys (better-auth makes its own through its adapter). Judges nothing: rules
 * are in accounts/.
 */
import type { Store } from '../engines/open-store.ts';
import { accountQueries } from './account-tables.ts';
import type { AuthorizedAccountTransaction } from './change-accounts.ts';

export async function countPasskeys(store: Store, userId: string): Promise<number> {
  const { passkeys } = await accountQueries(store)
    .selectFrom('passkeys')
    .select(({ fn }) => fn.countAll<number | string>().as('passkeys'))
    .where('user_id', '=', userId)
    .executeTakeFirstOrThrow();
  return Number(passkeys);
}

/** Takes all of a user's passkeys away; says how many there were. */
export async function deletePasskeys(
  transaction: AuthorizedAccountTransaction,
  userId: string,
): Promise<number> {
  const deleted = await transaction
    .deleteFrom('passkeys')
    .where('user_id', '=', userId)
    .returning('id')
    .execute();
  return deleted.length;
}

/** Longest credential id that WebAuthn knows, in characters of base64url. */
const CREDENTIAL_LENGTH_MAX = 1364;

/** Whose passkey it is; null: nobody's. */
export async function findPasskeyOwner(store: Store, credentialId: string): Promise<string | null> {
  if (credentialId.length > CREDENTIAL_LENGTH_MAX || credentialId.includes('\0')) return null;
  const row = await accountQueries(store)
    .selectFrom('passkeys')
    .select('user_id')
    .where('credential_id', '=', credentialId)
    .executeTakeFirst();
  return row?.user_id ?? null;
}

/** By its id, inside a change. null: there is no such passkey. */
export async function findOwnerOfPasskey(
  transaction: AuthorizedAccountTransaction,
  passkeyId: string,
): Promise<string | null> {
  const query = transaction.selectFrom('passkeys').select('user_id').where('id', '=', passkeyId);
  return (await query.executeTakeFirst())?.user_id ?? null;
}
