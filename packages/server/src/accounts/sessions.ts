/**
 * Answers, from the database each time, whose session a request carries. Nothing is cached: an ended session
 * has ended everywhere.
 */
import type { SessionUser } from '../core/access/session-user.ts';
import { findSessionByToken } from '../store/accounts/session-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import { readSessionToken } from './session-cookie.ts';

export type { SessionUser };

export type Session = { readonly user: SessionUser; readonly sessionId: string };

export type SessionReader = (headers: Headers) => Promise<Session | null>;

export type SessionReaderSettings = {
  readonly store: Store;
  readonly secret: string;
  readonly cookieName: string;
  readonly nowMs: () => number;
};

/**
 * Null for: no cookie, a signature that is not ours, a session that is unknown, ended or expired, a
 * deactivated user, a session won with a password that was replaced since.
 */
export function createSessionReader({
  store,
  secret,
  cookieName,
  nowMs,
}: SessionReaderSettings): SessionReader {
  return async (headers) => {
    const token = readSessionToken(headers.get('cookie'), cookieName, secret);
    const session = token && (await findSessionByToken(store, token));
    if (!session) return null;
    const { organizationId, organizationName, deactivatedAtMs, credentialEpoch, ...user } = session.user;
    const live =
      session.expiresAtMs > nowMs() &&
      deactivatedAtMs === null &&
      session.credentialEpoch === credentialEpoch;
    if (!live) return null;
    return {
      sessionId: session.id,
      user: { ...user, organization: { id: organizationId, name: organizationName } },
    };
  };
}
