/**
 * The requests that the accounts room answers, and nothing else: what better-auth answers after our checks
 * (signing in, out, passwords, passkeys) and what is answered here (signing up, asking for mails, the
 * profile, sessions).
 */

import { type FieldRefusal, Refusal } from '../core/refusal.ts';
import { changeAccounts } from '../store/accounts/change-accounts.ts';
import { endSessions, listSessions } from '../store/accounts/session-records.ts';
import { findUserByEmail, updateProfile } from '../store/accounts/user-records.ts';
import type { Store } from '../store/engines/open-store.ts';
import type { FailedSignIns, SignInRefusal } from './failed-sign-ins.ts';
import { ACCOUNT_LIMIT, type Limiter } from './limits.ts';
import { MAIL_TEXTS } from './mail-texts.ts';
import { mailedLinkRoutes } from './mailed-link-routes.ts';
import type { LinkMails } from './mailed-links.ts';
import type { MailedTokens } from './mailed-tokens.ts';
import { readNewPassword } from './new-password.ts';
import { passkeyRoutes } from './passkey-routes.ts';
import { type Parsed, parseEmail, parseName, parsePhoneNumber } from './profile-rules.ts';
import { ownPasswordKey, reauthenticationRoutes } from './reauthentication.ts';
import { type Call, json, parsed, type Route, signedIn } from './route.ts';
import { readSignUpForm, type SignUp } from './sign-up.ts';

export type RouteSettings = {
  readonly store: Store;
  readonly limiter: Limiter;
  readonly signUp: SignUp;
  readonly tokens: MailedTokens;
  readonly mails: LinkMails;
  readonly portalName: string;
  readonly failures: FailedSignIns;
  /** See SessionReaderSettings.lifetimeMs. */
  readonly sessionLifetimeMs: number;
  /** Whether there is a mail server. */
  readonly mailed: boolean;
  readonly nowMs: () => number;
};

const forward = (call: Call) => call.forward();

/** Keyed by method and path below /api/auth. */
export function createRoutes(settings: RouteSettings): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ['POST /sign-up/email', { limit: 'signUp', answer: (call) => signUp(settings, call) }],
    ['POST /sign-in/email', { limit: 'signIn', answer: (call) => signIn(settings, call) }],
    ['POST /sign-out', { answer: forward }],
    ['GET /get-session', { answer: forward }],
    ...mailedLinkRoutes(settings),
    [
      'POST /change-password',
      { limit: 'change', signedIn: true, answer: (c) => changePassword(settings, c) },
    ],
    ['POST /update-user', { limit: 'change', signedIn: true, answer: (call) => updateUser(settings, call) }],
    ['GET /list-sessions', { signedIn: true, answer: (call) => sessionList(settings, call) }],
    ['POST /revoke-session', { signedIn: true, answer: (call) => revokeSession(settings, call) }],
    ['POST /revoke-other-sessions', { signedIn: true, answer: (call) => revokeOthers(settings, call) }],
    ...passkeyRoutes(settings),
    ...reauthenticationRoutes(settings),
  ]);
}

async function signUp(
  { signUp: act, portalName, mailed, nowMs }: RouteSettings,
  call: Call,
): Promise<Response> {
  const form = readSignUpForm(call.body);
  await readNewPassword('password', form.password, [form.name, form.email, portalName]);
  const { id, role } = await act(form, call.peer, call.context.actor);
  if (!mailed) {
    const { email, password } = form;
    return call.forward({ path: '/sign-in/email', body: { email, password } });
  }
  const now = new Date(nowMs()).toISOString();
  const { name, email, phoneNumber } = form;
  const user = { id, name, email, emailVerified: false, image: null, phoneNumber, role };
  return json({ token: null, user: { ...user, organizationId: 'default', createdAt: now, updatedAt: now } });
}

/**
 * Counts the attempt before the password is looked at: attempts side by side cannot slip past the limit. An
 * address that waits for its confirmation is answered like a wrong password: else whoever signs up with
 * somebody's address and then signs in would learn whether it had an account before.
 */
async function signIn({ store, limiter, mails, failures }: RouteSettings, call: Call): Promise<Response> {
  const email = parsed('email', 'INVALID_EMAIL', parseEmail(call.body.email));
  const key = limiter.accountKey('sign-in', email);
  await limiter.take(key, ACCOUNT_LIMIT);
  const user = await findUserByEmail(store, email);
  call.context.checking = user && { userId: user.id, credentialEpoch: user.credentialEpoch };
  const { password, rememberMe } = call.body;
  const response = await call.forward({
    body: { email, password, ...(rememberMe === false && { rememberMe }) },
  });
  if (response.ok) {
    await limiter.giveBack(key);
    return response;
  }
  const reason = SIGN_IN_REFUSALS.get(await codeOf(response));
  if (reason) failures.record({ userId: user?.id ?? null, reason, actor: call.context.actor });
  if (reason !== 'not-confirmed') return response;
  mails.verification(email);
  return wrongCredentials();
}

const SIGN_IN_REFUSALS: ReadonlyMap<unknown, SignInRefusal> = new Map([
  ['INVALID_EMAIL_OR_PASSWORD', 'password'],
  ['EMAIL_NOT_VERIFIED', 'not-confirmed'],
  ['ACCOUNT_DEACTIVATED', 'deactivated'],
]);

/** In better-auth's own form, so that this answer is the same to the byte as one to a wrong password. */
const wrongCredentials = () =>
  Response.json({ message: 'Invalid email or password', code: 'INVALID_EMAIL_OR_PASSWORD' }, { status: 401 });

async function codeOf(response: Response): Promise<unknown> {
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  return (body as { code?: unknown } | null)?.code;
}

/** Ends every other session: better-auth is always told so, whatever the form said. */
async function changePassword(settings: RouteSettings, call: Call): Promise<Response> {
  const { limiter, mails, failures, portalName } = settings;
  const { user } = signedIn(call);
  const known = [user.name, user.email, portalName];
  const newPassword = await readNewPassword('newPassword', call.body.newPassword, known);
  const key = ownPasswordKey(user.id);
  await limiter.take(key, ACCOUNT_LIMIT);
  const { currentPassword } = call.body;
  const response = await call.forward({
    body: { currentPassword, newPassword, revokeOtherSessions: true },
  });
  if (response.ok) {
    await limiter.giveBack(key);
    mails.notice(user.email, MAIL_TEXTS.passwordChanged);
  } else if ((await codeOf(response)) === 'INVALID_PASSWORD') {
    failures.record({ userId: user.id, reason: 'password', actor: call.context.actor });
  }
  return response;
}

async function updateUser({ store, nowMs }: RouteSettings, call: Call): Promise<Response> {
  const { user } = signedIn(call);
  const complaints: FieldRefusal[] = [];
  const read = (field: string, code: string, parse: (input: unknown) => Parsed): string | undefined => {
    if (call.body[field] === undefined) return undefined;
    const value = parse(call.body[field]);
    if (value.ok) return value.value;
    complaints.push({ field, code, message: value.complaint });
    return undefined;
  };
  const name = read('name', 'INVALID_NAME', parseName);
  const phoneNumber = read('phoneNumber', 'INVALID_PHONE_NUMBER', parsePhoneNumber);
  if (complaints.length) throw Refusal.ofFields(complaints);
  if (name === undefined && phoneNumber === undefined) {
    throw new Refusal('invalid_body', 'There is nothing to change: send a name or a phone number.');
  }
  const profile = { ...(name !== undefined && { name }), ...(phoneNumber !== undefined && { phoneNumber }) };
  await changeAccounts(store, call.context.actor, {}, (transaction) =>
    updateProfile(transaction, user.id, profile, nowMs()),
  );
  return json({ status: true });
}

/** In better-auth's form, but `token` is the session's id: no session's token leaves the server here. */
async function sessionList(
  { store, sessionLifetimeMs, nowMs }: RouteSettings,
  call: Call,
): Promise<Response> {
  const { user, sessionId } = signedIn(call);
  const sessions = await listSessions(store, user.id);
  const endsAtMs = ({ createdAtMs }: { createdAtMs: number }) => createdAtMs + sessionLifetimeMs;
  const live = sessions.filter((session) => Math.min(session.expiresAtMs, endsAtMs(session)) > nowMs());
  return json(
    live.map(({ id, createdAtMs, expiresAtMs, address, client }) => ({
      id,
      token: id,
      userId: user.id,
      current: id === sessionId,
      createdAt: new Date(createdAtMs).toISOString(),
      expiresAt: new Date(expiresAtMs).toISOString(),
      // Used or not.
      endsAt: new Date(endsAtMs({ createdAtMs })).toISOString(),
      ipAddress: address,
      userAgent: client,
    })),
  );
}

/** A session that is not one's own is not there: the answer is the same, and nothing ends. */
async function revokeSession({ store }: RouteSettings, call: Call): Promise<Response> {
  const { user } = signedIn(call);
  const id = call.body.token ?? call.body.id;
  if (typeof id !== 'string') {
    throw new Refusal('invalid_body', 'Say which session to end, by its id.');
  }
  await changeAccounts(store, call.context.actor, {}, (transaction) =>
    endSessions(transaction, user.id, { only: id }),
  );
  return json({ status: true });
}

async function revokeOthers({ store }: RouteSettings, call: Call): Promise<Response> {
  const { user, sessionId } = signedIn(call);
  await changeAccounts(store, call.context.actor, {}, (transaction) =>
    endSessions(transaction, user.id, { except: sessionId }),
  );
  return json({ status: true });
}
