/**
 * This project's own queries on users (better-auth makes its own through its adapter). Judges nothing: rules
 * are in accounts/.
 */
import { randomUUID } from 'node:crypto';
import type { Role } from '../../core/access/role.ts';
import type { Store } from '../engines/open-store.ts';
import { accountQueries } from './account-tables.ts';
import type { AuthorizedAccountTransaction } from './change-accounts.ts';

export type UserRecord = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly phoneNumber: string | null;
  readonly role: Role;
  readonly organizationId: string;
  readonly deactivatedAtMs: number | null;
  /** How often the password was changed or the account deactivated. */
  readonly credentialEpoch: number;
};

export const USER_COLUMNS = [
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

export type UserRow = {
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

export const userOf = (row: UserRow): UserRecord => ({
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

/**
 * Makes the user and the way to sign in with a password. False, and nothing made, if the address is taken.
 */
export async function insertUser(
  transaction: AuthorizedAccountTransaction,
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

/** Sets the password, making the way to sign in where the account has no password. The tables end every session with it. */
export async function replacePassword(
  transaction: AuthorizedAccountTransaction,
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

/** The argon2id string behind the user's password; null: they have none. */
export async function findPasswordHash(store: Store, userId: string): Promise<string | null> {
  const row = await accountQueries(store)
    .selectFrom('accounts')
    .select('password')
    .where('provider_id', '=', 'credential')
    .where('account_id', '=', userId)
    .executeTakeFirst();
  return row?.password ?? null;
}

export type UserChange = {
  readonly role?: Role;
  readonly deactivatedAtMs?: number | null;
  readonly emailVerified?: boolean;
};

/** A deactivation begins a new credential epoch: what was proven or mailed before it is worth nothing when the account is opened again. */
export async function updateUser(
  transaction: AuthorizedAccountTransaction,
  userId: string,
  change: UserChange,
  nowMs: number,
): Promise<void> {
  const closes = typeof change.deactivatedAtMs === 'number';
  await transaction
    .updateTable('users')
    .set((eb) => ({
      updated_at: new Date(nowMs),
      ...(closes && { credential_epoch: eb('credential_epoch', '+', 1) }),
      ...(change.role === undefined ? {} : { role: change.role }),
      ...(change.deactivatedAtMs === undefined ? {} : { deactivated_at_ms: change.deactivatedAtMs }),
      ...(change.emailVerified === undefined ? {} : { email_verified: change.emailVerified }),
    }))
    .where('id', '=', userId)
    .execute();
}

/** See UserRecord.credentialEpoch; inside a change of it too. */
export async function findCredentialEpoch(
  transaction: AuthorizedAccountTransaction,
  userId: string,
): Promise<number> {
  const query = transaction.selectFrom('users').select('credential_epoch').where('id', '=', userId);
  return (await query.executeTakeFirstOrThrow()).credential_epoch;
}

export async function listAdministratorIds(store: Store): Promise<string[]> {
  const query = accountQueries(store).selectFrom('users').select('id').where('role', '=', 'administrator');
  return (await query.execute()).map(({ id }) => id);
}

/** Active administrators other than this user. */
export async function countOtherAdministrators(
  transaction: AuthorizedAccountTransaction,
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

/**
 * Takes the one place of first administrator for this user. False if somebody has it, in this very instant
 * too.
 */
export async function claimFirstAdministrator(
  transaction: AuthorizedAccountTransaction,
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

export async function updateProfile(
  transaction: AuthorizedAccountTransaction,
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
