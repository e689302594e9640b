/**
 * Answers, from the database each time, whose session a request carries. Nothing is cached: an ended session
 * has ended everywhere. A page that was drawn for one account never acts for another: whoever reads a session
 * reads it here, and a request that names another account than the session's is refused.
 */
import type { SessionUser } from '../core/access/session-user.ts';
import { Refusal } from '../core/refusal.ts';
import { findSessionByToken } from '../store/accounts/session-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import { signedValues } from './cookies.ts';

export type { SessionUser };

export type Session = {
  readonly user: SessionUser;
  readonly sessionId: string;
  /** What the cookie holds. For better-auth alone: it leaves the server in no answer and no log. */
  readonly token: string;
  /** When the person behind it last proved who they are; null: not known. */
  readonly provenAtMs: number | null;
};

/** Reads `cookie` and `ACCOUNT_HEADER`. @throws Refusal `account_changed` */
export type SessionReader = (headers: Headers) => Promise<Session | null>;

/** With it a page names the user id of the account that it was drawn for. A program may leave it out. */
export const ACCOUNT_HEADER = 'x-lencana-account';

export type SessionReaderSettings = {
  readonly store: Store;
  readonly secret: string;
  readonly cookieName: string;
  /** How long after its beginning a session ends in any case, in milliseconds. */
  readonly lifetimeMs: number;
  readonly nowMs: () => number;
};

/**
 * Null for: no cookie, a signature that is not ours, a session that is unknown, ended, expired or too old, a
 * deactivated user, a session won with a password that was replaced since.
 */
export function createSessionReader({
  store,
  secret,
  cookieName,
  lifetimeMs,
  nowMs,
}: SessionReaderSettings): SessionReader {
  const find = async (token: string): Promise<Session | null> => {
    const session = await findSessionByToken(store, token);
    if (!session) return null;
    const { organizationId, organizationName, deactivatedAtMs, credentialEpoch, ...user } = session.user;
    const live =
      session.expiresAtMs > nowMs() &&
      session.createdAtMs + lifetimeMs > nowMs() &&
      deactivatedAtMs === null &&
      session.credentialEpoch === credentialEpoch;
    if (!live) return null;
    return {
      token,
      sessionId: session.id,
      provenAtMs: session.provenAtMs,
      user: { ...user, organization: { id: organizationId, name: organizationName } },
    };
  };
  return async (headers) => {
    // The first that is a session counts: an ended or a foreign one before it does not sign out.
    for (const token of signedValues(headers.get('cookie'), cookieName, secret)) {
      const session = await find(token);
      if (!session) continue;
      refuseOtherAccount(headers, session.user.id);
      return session;
    }
    return null;
  };
}

/**
 * A browser sends the cookie of whoever signed in last, also for a page that still shows somebody else. Without
 * this check, that page would list and delete the newcomer's tokens under the old name.
 */
function refuseOtherAccount(headers: Headers, signedInId: string): void {
  const named = headers.get(ACCOUNT_HEADER);
  if (named === null || named === signedInId) return;
  throw new Refusal(
    'account_changed',
    'Another account is signed in now than the one that this page was opened for. Nothing was done. Reload the page.',
  );
}
