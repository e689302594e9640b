/**
 * The queries on invitations, and the clearing away of what has ended. Judges nothing: rules are in
 * accounts/.
 */
import type { Role } from '../../core/access/role.ts';
import type { Store } from '../engines/open-store.ts';
import { accountQueries } from './account-tables.ts';
import type { AuthorizedAccountTransaction } from './change-accounts.ts';

export type InvitationRecord = { readonly id: string; readonly email: string | null; readonly role: Role };

export async function insertInvitation(
  transaction: AuthorizedAccountTransaction,
  invitation: InvitationRecord & { readonly digest: string; readonly expiresAtMs: number },
  nowMs: number,
): Promise<void> {
  const { id, digest, email, role, expiresAtMs } = invitation;
  await transaction
    .insertInto('invitations')
    .values({ id, digest, email, role, created_at_ms: nowMs, expires_at_ms: expiresAtMs })
    .execute();
}

/** The invitation behind a code's digest, if it can still be used. */
export async function findLiveInvitation(
  store: Store,
  digest: string,
  nowMs: number,
): Promise<InvitationRecord | null> {
  const row = await accountQueries(store)
    .selectFrom('invitations')
    .select(['id', 'email', 'role'])
    .where('digest', '=', digest)
    .where('used_at_ms', 'is', null)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirst();
  return row ?? null;
}

/** Uses the invitation up, for `userId` or for nobody. False if it was used or ended meanwhile. */
export async function useInvitation(
  transaction: AuthorizedAccountTransaction,
  id: string,
  userId: string | null,
  nowMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('invitations')
    .set({ used_at_ms: nowMs, used_by: userId })
    .where('id', '=', id)
    .where('used_at_ms', 'is', null)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Used and expired invitations are kept this long, for whoever asks why a link does not work. */
const ENDED_INVITATION_KEPT_MS = 90 * 24 * 60 * 60 * 1000;

/**
 * Takes away at most `atOnce` each of the sessions, mailed links and passkey challenges that have expired, and of the invitations that ended
 * long ago. @returns the most that it took away of one kind
 */
export async function deleteEnded(
  transaction: AuthorizedAccountTransaction,
  sessionLifetimeMs: number,
  nowMs: number,
  atOnce: number,
): Promise<number> {
  const now = new Date(nowMs);
  const begun = new Date(nowMs - sessionLifetimeMs);
  const sessions = await transaction
    .selectFrom('sessions')
    .select('id')
    .where(({ or, eb }) => or([eb('expires_at', '<', now), eb('created_at', '<', begun)]))
    .limit(atOnce)
    .execute();
  const links = await transaction
    .selectFrom('verifications')
    .select('id')
    .where('expires_at', '<', now)
    .limit(atOnce)
    .execute();
  const invitations = await transaction
    .selectFrom('invitations')
    .select('id')
    .where('expires_at_ms', '<', nowMs - ENDED_INVITATION_KEPT_MS)
    .limit(atOnce)
    .execute();
  for (const [table, rows] of [
    ['sessions', sessions],
    ['verifications', links],
    ['invitations', invitations],
  ] as const) {
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) await transaction.deleteFrom(table).where('id', 'in', ids).execute();
  }
  return Math.max(sessions.length, links.length, invitations.length);
}
