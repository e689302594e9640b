/**
 * The Cookie header that better-auth gets: our own cookies alone, at most one of each name, each found valid. better-auth takes the first
 * of a name whatever it is, so that a foreign or an ended one before ours would sign out.
 */
import { findLiveVerifications } from '../store/accounts/verification-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import { type CookieNames, signedCookie, signedValues } from './cookies.ts';
import type { Session } from './sessions.ts';

export type ForwardedCookiesSettings = {
  readonly store: Store;
  readonly secret: string;
  readonly names: CookieNames;
  /** How better-auth stores what a challenge cookie names. */
  readonly storedIdentifier: (identifier: string) => string;
  readonly nowMs: () => number;
};

/** Null: no cookie of ours. `session` is the one that our own rules found; without it none goes on. */
export type ForwardedCookies = (header: string | null, session: Session | null) => Promise<string | null>;

export function createForwardedCookies(settings: ForwardedCookiesSettings): ForwardedCookies {
  const { store, secret, names, storedIdentifier, nowMs } = settings;
  const challengeIn = async (header: string | null): Promise<string | undefined> => {
    const challenges = signedValues(header, names.passkeyChallenge, secret);
    if (challenges.length < 2) return challenges[0];
    const live = await findLiveVerifications(store, challenges.map(storedIdentifier), nowMs());
    return challenges.find((challenge) => live.has(storedIdentifier(challenge)));
  };
  return async (header, session) => {
    const challenge = await challengeIn(header);
    const [dontRemember] = signedValues(header, names.dontRemember, secret);
    const cookies = [
      ...(session ? [signedCookie(names.session, session.token, secret)] : []),
      ...(dontRemember === undefined ? [] : [signedCookie(names.dontRemember, dontRemember, secret)]),
      ...(challenge === undefined ? [] : [signedCookie(names.passkeyChallenge, challenge, secret)]),
    ];
    return cookies.length === 0 ? null : cookies.join('; ');
  };
}
