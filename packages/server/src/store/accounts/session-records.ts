/**
 * This project's own queries on sessions (better-auth makes its own through its adapter). Judges nothing:
 * rules are in accounts/.
 */

import type { Store } from '../engines/open-store.ts';
import { accountQueries } from './account-tables.ts';
import type { AuthorizedAccountTransaction } from './change-accounts.ts';
import { USER_COLUMNS, type UserRecord, userOf } from './user-records.ts';

export type SessionRecord = {
  readonly id: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** When whoever holds it last proved who they are; null: not known. */
  readonly provenAtMs: number | null;
  readonly credentialEpoch: number;
  readonly user: UserRecord & { readonly organizationName: string };
};

export async function findSessionByToken(store: Store, token: string): Promise<SessionRecord | null> {
  const row = await accountQueries(store)
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .innerJoin('organizations', 'organizations.id', 'users.organization_id')
    .select(USER_COLUMNS)
    .select([
      'sessions.id as session_id',
      'sessions.created_at as session_created_at',
      'sessions.expires_at as session_expires_at',
      'sessions.proven_at as session_proven_at',
      'sessions.credential_epoch as session_credential_epoch',
      'organizations.name as organization_name',
    ])
    .where('sessions.token', '=', token)
    .executeTakeFirst();
  if (!row) return null;
  return {
    id: row.session_id,
    createdAtMs: new Date(row.session_created_at).getTime(),
    expiresAtMs: new Date(row.session_expires_at).getTime(),
    provenAtMs: row.session_proven_at === null ? null : new Date(row.session_proven_at).getTime(),
    credentialEpoch: row.session_credential_epoch,
    user: { ...userOf(row), organizationName: row.organization_name },
  };
}

export type SessionListing = {
  readonly id: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly address: string | null;
  readonly client: string | null;
};

/** A person has few; more than these are somebody's program, and are ended together. */
const LISTED_MAX = 200;

/** The newest, at most 200. */
export async function listSessions(store: Store, userId: string): Promise<SessionListing[]> {
  const rows = await accountQueries(store)
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select([
      'sessions.id',
      'sessions.created_at',
      'sessions.expires_at',
      'sessions.ip_address',
      'sessions.user_agent',
    ])
    .where('sessions.user_id', '=', userId)
    .whereRef('sessions.credential_epoch', '=', 'users.credential_epoch')
    .orderBy('sessions.created_at', 'desc')
    .limit(LISTED_MAX)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    createdAtMs: new Date(row.created_at).getTime(),
    expiresAtMs: new Date(row.expires_at).getTime(),
    address: row.ip_address,
    client: row.user_agent,
  }));
}

/** Notes that the user proved who they are. False: the session has ended meanwhile. */
export async function markSessionProven(
  transaction: AuthorizedAccountTransaction,
  userId: string,
  sessionId: string,
  nowMs: number,
): Promise<boolean> {
  const { numUpdatedRows } = await transaction
    .updateTable('sessions')
    .set({ proven_at: new Date(nowMs) })
    .where('id', '=', sessionId)
    .where('user_id', '=', userId)
    .executeTakeFirst();
  return numUpdatedRows === 1n;
}

/** Ends a user's session, or all but one. Another user's session is not touched. */
export async function endSessions(
  transaction: AuthorizedAccountTransaction,
  userId: string,
  which: { readonly only: string } | { readonly except: string },
): Promise<void> {
  const query = transaction.deleteFrom('sessions').where('user_id', '=', userId);
  await ('only' in which
    ? query.where('id', '=', which.only)
    : query.where('id', '!=', which.except)
  ).execute();
}
