/**
 * Whether what an act rests on still stands, asked inside the transaction of the act: accounts are locked first, everything is read
 * once it is locked, and then judged. Whoever takes an authority away locks the same rows first, so one of the two is before the
 * other. Pure: the rows are passed in. Judges no presented secret, and decides nothing about the act.
 */
import type { Actor } from '../access/actor.ts';
import { type Role, roleCovers } from '../access/role.ts';
import { Refusal } from '../refusal.ts';

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

/** Instants are epoch milliseconds by the database's own clock, `nowMs` that of the look. */
export type LockedToken = {
  readonly revokedAtMs: number | null;
  readonly expiresAtMs: number | null;
  /** The one that was presented; null: it is no longer one of the token's. */
  readonly secret: { readonly endsAtMs: number | null } | null;
  readonly nowMs: number;
};

export type LockedSession = {
  readonly credentialEpoch: number;
  readonly expiresAtMs: number;
  readonly nowMs: number;
};

/**
 * The rows, as the transaction of the act sees them. Each lock holds until the transaction ends, and what is read with it was committed
 * before it was had: a read from before the wait for a lock would show what has been taken away since.
 */
export interface AuthorityRows {
  /** Always in the order of their ids, so that no two acts wait for each other. */
  lockAccounts(ids: readonly string[]): Promise<LockedAccounts>;
  /** null: the holder has no such token. */
  lockToken(tokenId: string, secretId: string, holderId: string | null): Promise<LockedToken | null>;
  /** null: the user has no such session. */
  lockSession(sessionId: string, userId: string): Promise<LockedSession | null>;
  hasPasskey(userId: string, passkeyId: string): Promise<boolean>;
}

/**
 * To be awaited before anything else in the transaction, and let through: what it throws undoes the transaction.
 * @throws Refusal `invalid_token`, `unauthenticated`, `unauthorized`, `account_deactivated` or `forbidden` where what the actor rests
 * on is gone
 */
export async function establishAuthority(
  rows: AuthorityRows,
  actor: Actor,
  { accounts = [], proof = null }: Basis,
): Promise<LockedAccounts> {
  const ids = [
    ...accounts,
    ...(actor.onBehalfOf === null ? [] : [actor.onBehalfOf]),
    ...(proof ? [proof.userId] : []),
  ];
  const locked: LockedAccounts =
    ids.length > 0 ? await rows.lockAccounts([...new Set(ids)].sort()) : new Map();
  await refuseWhatIsGone(rows, actor, proof, locked);
  return locked;
}

async function refuseWhatIsGone(
  rows: AuthorityRows,
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
      return refuseStaleProof(rows, proof, accounts);
    case 'token':
      await refuseEndedToken(rows, actor);
      return refuseLostAccount(actor, accounts);
    case 'user':
      await refuseEndedSession(rows, actor, accounts);
      return refuseLostAccount(actor, accounts);
  }
}

async function refuseEndedToken(
  rows: AuthorityRows,
  { tokenId, secretId, onBehalfOf }: Actor,
): Promise<void> {
  if (tokenId === null || secretId === null)
    throw new Error('A token that acts names itself and its secret.');
  const token = await rows.lockToken(tokenId, secretId, onBehalfOf);
  if (!token || token.revokedAtMs !== null)
    throw invalidToken('The token has been deleted. Nothing was changed.');
  const { secret, nowMs } = token;
  if (!secret || (secret.endsAtMs !== null && secret.endsAtMs < nowMs)) {
    throw invalidToken('The token has a new secret, and this one has ended. Nothing was changed.');
  }
  if (token.expiresAtMs !== null && token.expiresAtMs < nowMs) {
    throw invalidToken('The token has expired. Nothing was changed.');
  }
}

/** A session that was won with a password which was replaced since has ended too. */
async function refuseEndedSession(
  rows: AuthorityRows,
  { sessionId, onBehalfOf }: Actor,
  accounts: LockedAccounts,
): Promise<void> {
  if (sessionId === null || onBehalfOf === null) throw new Error('A user who acts names the session.');
  const session = await rows.lockSession(sessionId, onBehalfOf);
  const stands =
    session !== null &&
    session.expiresAtMs > session.nowMs &&
    session.credentialEpoch === accounts.get(onBehalfOf)?.credentialEpoch;
  if (!stands) {
    throw new Refusal(
      'unauthenticated',
      'Your session has ended. Nothing was changed. Sign in and try again.',
    );
  }
}

function refuseLostAccount(actor: Actor, accounts: LockedAccounts): void {
  const account = accounts.get(actor.onBehalfOf ?? '');
  if (!account?.isActive) {
    throw actor.kind === 'token'
      ? invalidToken('The account of the token is deactivated. Nothing was changed.')
      : deactivated();
  }
  if (actor.role === null) throw new Error('A signed-in actor names the role that was asked with.');
  if (!roleCovers(account.role, actor.role)) {
    throw new Refusal('forbidden', 'Your role was changed meanwhile. Nothing was changed. Try again.');
  }
}

async function refuseStaleProof(
  rows: AuthorityRows,
  proof: Proof | null,
  accounts: LockedAccounts,
): Promise<void> {
  if (proof === null) return;
  const account = accounts.get(proof.userId);
  const holds =
    account !== undefined &&
    ('passkeyId' in proof
      ? await rows.hasPasskey(proof.userId, proof.passkeyId)
      : account.credentialEpoch === proof.credentialEpoch);
  if (!holds) {
    throw new Refusal(
      'unauthorized',
      'What you signed in with was changed meanwhile. Nothing was changed. Sign in again.',
    );
  }
}

const invalidToken = (sentence: string) => new Refusal('invalid_token', sentence);

const deactivated = () =>
  new Refusal('account_deactivated', 'This account is deactivated. Ask your administrator.');
