/**
 * Whether the person behind a session has proved of late who they are, and how they do so again: with the
 * password or a passkey of the account. Changes that would outlive a stolen session ask for it. Begins no
 * session.
 */
import { Refusal } from '../core/refusal.ts';
import { changeAccounts } from '../store/accounts/change-accounts.ts';
import { markSessionProven } from '../store/accounts/session-records.ts';
import { findPasswordHash } from '../store/accounts/user-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import type { FailedSignIns } from './failed-sign-ins.ts';
import { ACCOUNT_LIMIT, type Limiter } from './limits.ts';
import { verifyPassword } from './password-hash.ts';
import { type Call, json, type Route, signedIn } from './route.ts';
import type { Session } from './sessions.ts';

/** How long a proof counts: five minutes. */
export const PROOF_TTL_MS = 5 * 60_000;

/** Passwords tried within a session count together, whichever route they are typed into. */
export const ownPasswordKey = (userId: string): string => `own-password:${userId}`;

/** @throws Refusal reauthentication_required */
export function requireRecentProof({ provenAtMs }: Session, nowMs: number): void {
  if (provenAtMs !== null && nowMs - provenAtMs < PROOF_TTL_MS) return;
  throw new Refusal(
    'reauthentication_required',
    'Confirm that it is you with your password or a passkey, then do this again. Nothing was changed.',
  );
}

export type ReauthenticationSettings = {
  readonly store: Store;
  readonly limiter: Limiter;
  readonly failures: FailedSignIns;
  readonly nowMs: () => number;
};

export const reauthenticationRoutes = (settings: ReauthenticationSettings): (readonly [string, Route])[] => [
  ['POST /reauthenticate', { limit: 'signIn', signedIn: true, answer: (call) => byPassword(settings, call) }],
  [
    'POST /reauthenticate/passkey',
    { limit: 'signIn', signedIn: true, answer: (call) => byPasskey(settings, call) },
  ],
];

async function byPassword(settings: ReauthenticationSettings, call: Call): Promise<Response> {
  const { store, limiter, failures } = settings;
  const { user } = signedIn(call);
  const { password } = call.body;
  if (typeof password !== 'string' || password === '') throw wrongPassword('Enter your password.');
  const key = ownPasswordKey(user.id);
  await limiter.take(key, ACCOUNT_LIMIT);
  const hash = await findPasswordHash(store, user.id);
  if (hash === null || !(await verifyPassword(hash, password))) {
    failures.record({ userId: user.id, reason: 'password', actor: call.context.actor });
    throw wrongPassword('This is not the password of your account.');
  }
  await limiter.giveBack(key);
  return proven(settings, call);
}

/** better-auth judges the passkey; the session hook (auth.ts) takes what it found instead of a new session. */
async function byPasskey(settings: ReauthenticationSettings, call: Call): Promise<Response> {
  const { user } = signedIn(call);
  const proving = { userId: user.id, proven: false };
  call.context.proving = proving;
  const answer = await call.forward({
    path: '/passkey/verify-authentication',
    body: { response: call.body.response },
  });
  if (proving.proven) return proven(settings, call);
  settings.failures.record({ userId: user.id, reason: 'passkey', actor: call.context.actor });
  return answer;
}

async function proven({ store, nowMs }: ReauthenticationSettings, call: Call): Promise<Response> {
  const { user, sessionId } = signedIn(call);
  const marked = await changeAccounts(store, call.context.actor, {}, (transaction) =>
    markSessionProven(transaction, user.id, sessionId, nowMs()),
  );
  if (!marked) throw new Refusal('unauthorized', 'Your session has ended. Sign in again.');
  return json({ status: true });
}

const wrongPassword = (message: string) =>
  Refusal.ofFields([{ field: 'password', code: 'INVALID_PASSWORD', message }]);
