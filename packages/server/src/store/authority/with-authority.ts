/**
 * The one way to change what belongs to somebody: tokens, kept replies, credentials, accounts. Opens the transaction, locks what the act
 * rests on, and looks again whether it still stands: an authority that was taken away makes nothing more. Whoever takes one away
 * locks the same row first, so one of the two is before the other. Judges no presented secret, and decides nothing about the change.
 */
import { sql, type Transaction } from 'kysely';
import type { Actor } from '../../core/access/actor.ts';
import { type Role, roleCovers } from '../../core/access/role.ts';
import { Refusal } from '../../core/refusal.ts';
import { actorColumns } from '../audit/actor-columns.ts';
import type { Store } from '../engines/open-store.ts';
import type { Database } from '../engines/schema.ts';
import { refuseEndedSession, refuseEndedToken } from './standing.ts';

declare const authorized: unique symbol;
/** No other transaction may change what belongs to somebody. */
export type Authorized = { readonly [authorized]: true };
export type AuthorizedTransaction = Transaction<Database> & Authorized;

/** What a visitor has just proven, instead of a session. */
export type Proof =
  /** The password of the account, when its passwords had been changed so many times. */
  | { readonly userId: string; readonly credentialEpoch: number }
  | { readonly userId: string; readonly passkeyId: string };

export type Basis = {
  /** Whose accounts the act gives to or takes from: locked too, in the order of their ids. Those that are not there yet are passed over. */
  readonly accounts?: readonly string[];
  readonly proof?: Proof | null;
};

export type LockedAccount = {
  readonly id: string;
  readonly role: Role;
  readonly isActive: boolean;
  readonly credentialEpoch: number;
};

export type LockedAccounts = ReadonlyMap<string, LockedAccount>;

/**
 * Commits when `work` returns, undoes everything (the audit rows too) when it throws. Triggers of the account tables know the actor.
 * @throws Refusal `invalid_token`, `unauthenticated`, `account_deactivated` or `forbidden` where what the actor rests on is gone
 */
export function withAuthority<T>(
  store: Store,
  actor: Actor,
  { accounts = [], proof = null }: Basis,
  work: (transaction: AuthorizedTransaction, accounts: LockedAccounts) => Promise<T>,
): Promise<T> {
  return store.kysely.transaction().execute(async (transaction) => {
    const locked = await lockAccounts(store, transaction, [
      ...accounts,
      ...(actor.onBehalfOf === null ? [] : [actor.onBehalfOf]),
      ...(proof ? [proof.userId] : []),
    ]);
    await refuseWhatIsGone(store, transaction, actor, proof, locked);
    await nameActor(store, transaction, actor);
    const result = await work(transaction as AuthorizedTransaction, locked);
    // Only SQLite keeps it in a table, which nobody else may ever see filled.
    if (store.dialect === 'sqlite') await sql`DELETE FROM change_actor`.execute(transaction);
    return result;
  });
}

/**
 * The first lock of every act, always in the same order, so that no two wait for each other. On SQLite a transaction is alone from its
 * first statement on.
 */
async function lockAccounts(
  { dialect }: Store,
  transaction: Transaction<Database>,
  ids: readonly string[],
): Promise<LockedAccounts> {
  if (ids.length === 0) return new Map();
  const { rows } = await sql<{
    id: string;
    role: Role;
    deactivated_at_ms: number | null;
    credential_epoch: number;
  }>`
    SELECT id, role, deactivated_at_ms, credential_epoch FROM users
    WHERE id IN (${sql.join([...new Set(ids)])}) ORDER BY id
    ${dialect === 'postgres' ? sql`FOR NO KEY UPDATE` : sql``}`.execute(transaction);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        role: row.role,
        isActive: row.deactivated_at_ms === null,
        credentialEpoch: row.credential_epoch,
      },
    ]),
  );
}

async function refuseWhatIsGone(
  store: Store,
  transaction: Transaction<Database>,
  actor: Actor,
  proof: Proof | null,
  accounts: LockedAccounts,
): Promise<void> {
  switch (actor.kind) {
    case 'operator':
    case 'system':
      return;
    case 'visitor':
      for (const account of accounts.values()) if (!account.isActive) throw deactivated();
      return refuseStaleProof(transaction, proof, accounts);
    case 'token':
      await refuseEndedToken(store, transaction, actor);
      return refuseLostAccount(actor, accounts);
    case 'user':
      await refuseEndedSession(store, transaction, actor, accounts);
      return refuseLostAccount(actor, accounts);
  }
}

function refuseLostAccount(actor: Actor, accounts: LockedAccounts): void {
  const account = accounts.get(actor.onBehalfOf ?? '');
  if (!account?.isActive) {
    throw actor.kind === 'token'
      ? new Refusal('invalid_token', 'The account of the token is deactivated. Nothing was changed.')
      : deactivated();
  }
  if (actor.role === null) throw new Error('A signed-in actor names the role that was asked with.');
  if (!roleCovers(account.role, actor.role)) {
    throw new Refusal('forbidden', 'Your role was changed meanwhile. Nothing was changed. Try again.');
  }
}

async function refuseStaleProof(
  transaction: Transaction<Database>,
  proof: Proof | null,
  accounts: LockedAccounts,
): Promise<void> {
  if (proof === null) return;
  const account = accounts.get(proof.userId);
  const holds =
    account !== undefined &&
    ('passkeyId' in proof
      ? await hasPasskey(transaction, proof)
      : account.credentialEpoch === proof.credentialEpoch);
  if (!holds) {
    throw new Refusal(
      'unauthorized',
      'What you signed in with was changed meanwhile. Nothing was changed. Sign in again.',
    );
  }
}

async function hasPasskey(
  transaction: Transaction<Database>,
  { userId, passkeyId }: { readonly userId: string; readonly passkeyId: string },
): Promise<boolean> {
  const { rows } = await sql`
    SELECT 1 FROM passkeys WHERE id = ${passkeyId} AND user_id = ${userId}`.execute(transaction);
  return rows.length > 0;
}

const deactivated = () =>
  new Refusal('account_deactivated', 'This account is deactivated. Ask your administrator.');

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
