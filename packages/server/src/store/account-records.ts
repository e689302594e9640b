/** The queries on users, sessions and invitations that are this project's own (better-auth makes its own through its adapter). Judges nothing: rules are in accounts/. */
import { randomUUID } from 'node:crypto';
import type { Role } from '../core/role.ts';
import { type AccountTransaction, accountQueries } from './account-tables.ts';
import type { Store } from './open-store.ts';

export type UserRecord = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly phoneNumber: string | null;
  readonly role: Role;
  readonly organizationId: string;
  readonly deactivatedAtMs: number | null;
  readonly credentialEpoch: number;
};

const USER_COLUMNS = [
  'users.id',
  'users.name',
  'users.email',
  'users.email_verified',
  'users.phone_number',
  'users.role',
  'users.organization_id',
  'users.deactivated_at_ms',
  'users.credential_epoch',
] as const;

type UserRow = {
  id: string;
  name: string;
  email: string;
  email_verified: number | boolean;
  phone_number: string | null;
  role: Role;
  organization_id: string;
  deactivated_at_ms: number | null;
  credential_epoch: number;
};

const userOf = (row: UserRow): UserRecord => ({
  id: row.id,
  name: row.name,
  email: row.email,
  emailVerified: Boolean(row.email_verified),
  phoneNumber: row.phone_number,
  role: row.role,
  organizationId: row.organization_id,
  deactivatedAtMs: row.deactivated_at_ms,
  credentialEpoch: row.credential_epoch,
});

/** `email` as it is kept: lower-cased. */
export async function findUserByEmail(store: Store, email: string): Promise<UserRecord | null> {
  const query = accountQueries(store).selectFrom('users').select(USER_COLUMNS).where('email', '=', email);
  const row = await query.executeTakeFirst();
  return row ? userOf(row) : null;
}

export async function findUserById(store: Store, id: string): Promise<UserRecord | null> {
  const query = accountQueries(store).selectFrom('users').select(USER_COLUMNS).where('id', '=', id);
  const row = await query.executeTakeFirst();
  return row ? userOf(row) : null;
}

export type SessionRecord = {
  readonly id: string;
  readonly expiresAtMs: number;
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
      'sessions.expires_at as session_expires_at',
      'sessions.credential_epoch as session_credential_epoch',
      'organizations.name as organization_name',
    ])
    .where('sessions.token', '=', token)
    .executeTakeFirst();
  if (!row) return null;
  return {
    id: row.session_id,
    expiresAtMs: new Date(row.session_expires_at).getTime(),
    credentialEpoch: row.session_credential_epoch,
    user: { ...userOf(row), organizationName: row.organization_name },
  };
}

export type NewUser = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phoneNumber: string | null;
  readonly role: Role;
  readonly emailVerified: boolean;
  /** argon2id, PHC format. */
  readonly passwordHash: string;
};

/** Makes the user and the way to sign in with a password. False, and nothing made, if the address is taken. */
export async function insertUser(
  transaction: AccountTransaction,
  user: NewUser,
  nowMs: number,
): Promise<boolean> {
  const now = new Date(nowMs);
  const inserted = await transaction
    .insertInto('users')
    .values({
      id: user.id,
      name: user.name,
      email: user.email,
      phone_number: user.phoneNumber,
      role: user.role,
      email_verified: user.emailVerified,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!inserted) return false;
  await transaction
    .insertInto('accounts')
    .values({
      id: randomUUID(),
      user_id: user.id,
      provider_id: 'credential',
      account_id: user.id,
      password: user.passwordHash,
      created_at: now,
      updated_at: now,
    })
    .execute();
  return true;
}

/** Sets the password, making the way to sign in where there is none. The tables end every session with it. */
export async function replacePassword(
  transaction: AccountTransaction,
  userId: string,
  passwordHash: string,
  nowMs: number,
): Promise<void> {
  const now = new Date(nowMs);
  const key = { provider_id: 'credential', account_id: userId };
  await transaction
    .insertInto('accounts')
    .values({ id: randomUUID(), user_id: userId, ...key, password: null, created_at: now, updated_at: now })
    .onConflict((conflict) => conflict.columns(['provider_id', 'account_id']).doNothing())
    .execute();
  await transaction
    .updateTable('accounts')
    .set({ password: passwordHash, updated_at: now })
    .where('provider_id', '=', key.provider_id)
    .where('account_id', '=', key.account_id)
    .execute();
}

export type UserChange = {
  readonly role?: Role;
  readonly deactivatedAtMs?: number | null;
  readonly emailVerified?: boolean;
};

export async function updateUser(
  transaction: AccountTransaction,
  userId: string,
  change: UserChange,
  nowMs: number,
): Promise<void> {
  await transaction
    .updateTable('users')
    .set({
      updated_at: new Date(nowMs),
      ...(change.role === undefined ? {} : { role: change.role }),
      ...(change.deactivatedAtMs === undefined ? {} : { deactivated_at_ms: change.deactivatedAtMs }),
      ...(change.emailVerified === undefined ? {} : { email_verified: change.emailVerified }),
    })
    .where('id', '=', userId)
    .execute();
}

/** Active administrators other than this user. */
export async function countOtherAdministrators(
  transaction: AccountTransaction,
  userId: string,
): Promise<number> {
  const { others } = await transaction
    .selectFrom('users')
    .select(({ fn }) => fn.countAll<number | string>().as('others'))
    .where('role', '=', 'administrator')
    .where('deactivated_at_ms', 'is', null)
    .where('id', '!=', userId)
    .executeTakeFirstOrThrow();
  return Number(others);
}

/** Whether an administrator was ever made. Once true, true for good. */
export async function administratorDecided(store: Store): Promise<boolean> {
  const query = accountQueries(store).selectFrom('settings').select('name');
  return (await query.where('name', '=', 'first-administrator').executeTakeFirst()) !== undefined;
}

/** Takes the one place of first administrator for this user. False if somebody has it, in this very instant too. */
export async function claimFirstAdministrator(
  transaction: AccountTransaction,
  userId: string,
): Promise<boolean> {
  const claimed = await transaction
    .insertInto('settings')
    .values({ name: 'first-administrator', value: userId })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('name')
    .executeTakeFirst();
  return claimed !== undefined;
}

export type InvitationRecord = { readonly id: string; readonly email: string | null; readonly role: Role };

export async function insertInvitation(
  transaction: AccountTransaction,
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

/** Uses the invitation up. False if it was used or ended meanwhile. */
export async function useInvitation(
  transaction: AccountTransaction,
  id: string,
  userId: string,
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

export type SessionListing = {
  readonly id: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly address: string | null;
  readonly client: string | null;
};

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
    .execute();
  return rows.map((row) => ({
    id: row.id,
    createdAtMs: new Date(row.created_at).getTime(),
    expiresAtMs: new Date(row.expires_at).getTime(),
    address: row.ip_address,
    client: row.user_agent,
  }));
}

/** Ends a user's session, or all but one. Another user's session is not touched. */
export async function endSessions(
  transaction: AccountTransaction,
  userId: string,
  which: { readonly only: string } | { readonly except: string },
): Promise<void> {
  const query = transaction.deleteFrom('sessions').where('user_id', '=', userId);
  await ('only' in which
    ? query.where('id', '=', which.only)
    : query.where('id', '!=', which.except)
  ).execute();
}

export async function updateProfile(
  transaction: AccountTransaction,
  userId: string,
  profile: { readonly name?: string; readonly phoneNumber?: string },
  nowMs: number,
): Promise<void> {
  await transaction
    .updateTable('users')
    .set({
      updated_at: new Date(nowMs),
      ...(profile.name === undefined ? {} : { name: profile.name }),
      ...(profile.phoneNumber === undefined ? {} : { phone_number: profile.phoneNumber }),
    })
    .where('id', '=', userId)
    .execute();
}
