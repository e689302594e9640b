/**
 * The requests that the accounts room answers, and nothing else: what better-auth answers after our checks
 * (signing in, out, passwords, passkeys) and what is answered here (signing up, asking for mails, the
 * profile, sessions).
 */

import { endSessions, listSessions } from '../store/accounts/session-records.ts';
import { findUserByEmail, updateProfile } from '../store/accounts/user-records.ts';
import { changeFrom } from '../store/audit/change-origin.ts';
import type { Store } from '../store/engines/open-store.ts';
import { AccountRefusal, type FieldComplaint } from './account-refusal.ts';
import type { Peer } from './admission.ts';
import { ACCOUNT_LIMIT, type AddressLimit, type Limiter } from './limits.ts';
import { type Parsed, parseEmail, parseName, parsePhoneNumber } from './profile-rules.ts';
import type { RequestContext } from './request-context.ts';
import type { Session } from './sessions.ts';
import { parseNewPassword, readSignUpForm, type SignUp } from './sign-up.ts';

/** Which mail is asked for; the asker never learns whether it was sent. */
export type LinkRequest = (email: string) => void;

export type RouteSettings = {
  readonly store: Store;
  readonly limiter: Limiter;
  readonly signUp: SignUp;
  readonly requestReset: LinkRequest;
  readonly requestVerification: LinkRequest;
  /** Tells the owner of an account that its password is another now. */
  readonly passwordChanged: (email: string) => void;
  readonly mailed: boolean;
  readonly nowMs: () => number;
};

/** One request, past the gate's own checks. */
export type Call = {
  readonly body: Readonly<Record<string, unknown>>;
  readonly query: URLSearchParams;
  readonly session: Session | null;
  readonly peer: Peer;
  readonly context: RequestContext;
  /** Lets better-auth answer, with this body or query in place of the sent one. */
  readonly forward: (put?: {
    readonly path?: string;
    readonly body?: Readonly<Record<string, unknown>>;
    readonly query?: URLSearchParams;
  }) => Promise<Response>;
};

export type Route = {
  readonly limit?: AddressLimit;
  /** Refuse at once without a session. */
  readonly signedIn?: true;
  readonly answer: (call: Call) => Promise<Response>;
};

export const json = (body: unknown): Response =>
  Response.json(body, { headers: { 'cache-control': 'no-store' } });

const forward = (call: Call) => call.forward();

/** Keyed by method and path below /api/auth. */
export function createRoutes(settings: RouteSettings): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ['POST /sign-up/email', { limit: 'signUp', answer: (call) => signUp(settings, call) }],
    ['POST /sign-in/email', { limit: 'signIn', answer: (call) => signIn(settings, call) }],
    ['POST /sign-out', { answer: forward }],
    ['GET /get-session', { answer: forward }],
    ['POST /request-password-reset', { limit: 'mailedLink', answer: (call) => askForReset(settings, call) }],
    ['POST /send-verification-email', { limit: 'mailedLink', answer: (call) => askForProof(settings, call) }],
    ['POST /reset-password', { limit: 'usedLink', answer: resetPassword }],
    ['GET /verify-email', { limit: 'usedLink', answer: verifyEmail }],
    [
      'POST /change-password',
      { limit: 'change', signedIn: true, answer: (c) => changePassword(settings, c) },
    ],
    ['POST /update-user', { limit: 'change', signedIn: true, answer: (call) => updateUser(settings, call) }],
    ['GET /list-sessions', { signedIn: true, answer: (call) => sessionList(settings, call) }],
    ['POST /revoke-session', { signedIn: true, answer: (call) => revokeSession(settings, call) }],
    ['POST /revoke-other-sessions', { signedIn: true, answer: (call) => revokeOthers(settings, call) }],
    ['GET /passkey/generate-register-options', { limit: 'change', signedIn: true, answer: forward }],
    ['POST /passkey/verify-registration', { limit: 'change', signedIn: true, answer: addPasskey }],
    ['GET /passkey/generate-authenticate-options', { limit: 'signIn', answer: forward }],
    ['POST /passkey/verify-authentication', { limit: 'signIn', answer: forward }],
    ['GET /passkey/list-user-passkeys', { signedIn: true, answer: forward }],
    ['POST /passkey/delete-passkey', { signedIn: true, answer: ownPasskey }],
    ['POST /passkey/update-passkey', { limit: 'change', signedIn: true, answer: renamePasskey }],
  ]);
}

async function signUp({ signUp: act, mailed, nowMs }: RouteSettings, call: Call): Promise<Response> {
  const form = readSignUpForm(call.body);
  const { id, role } = await act(form, call.peer, call.context.origin);
  if (!mailed) {
    const { email, password } = form;
    return call.forward({ path: '/sign-in/email', body: { email, password } });
  }
  const now = new Date(nowMs()).toISOString();
  const { name, email, phoneNumber } = form;
  const user = { id, name, email, emailVerified: false, image: null, phoneNumber, role };
  return json({ token: null, user: { ...user, organizationId: 'default', createdAt: now, updatedAt: now } });
}

/** Counts the attempt before the password is looked at: attempts side by side cannot slip past the limit. */
async function signIn({ store, limiter }: RouteSettings, call: Call): Promise<Response> {
  const email = parsed('email', 'INVALID_EMAIL', parseEmail(call.body.email));
  const key = limiter.accountKey('sign-in', email);
  await limiter.take(key, ACCOUNT_LIMIT);
  const user = await findUserByEmail(store, email);
  call.context.checking = user && { userId: user.id, credentialEpoch: user.credentialEpoch };
  const { password, rememberMe } = call.body;
  const response = await call.forward({
    body: { email, password, ...(rememberMe === false && { rememberMe }) },
  });
  if (response.ok) await limiter.forget(key);
  return response;
}

async function askForReset({ requestReset, mailed }: RouteSettings, call: Call): Promise<Response> {
  requestReset(parsed('email', 'INVALID_EMAIL', parseEmail(call.body.email)));
  const message = mailed
    ? 'If there is an account for this address, a mail with a link to set a new password is on its way.'
    : 'This portal sends no mail. If there is an account for this address, its operator has been told: ask them for a new password.';
  return json({ status: true, message });
}

async function askForProof({ requestVerification }: RouteSettings, call: Call): Promise<Response> {
  requestVerification(parsed('email', 'INVALID_EMAIL', parseEmail(call.body.email)));
  return json({ status: true });
}

async function resetPassword(call: Call): Promise<Response> {
  // Before better-auth sees it: a link must not be used up by a password that is refused.
  const newPassword = parsed('newPassword', 'PASSWORD_RULES', parseNewPassword(call.body.newPassword));
  const token = typeof call.body.token === 'string' ? call.body.token : '';
  return call.forward({ body: { newPassword, token }, query: new URLSearchParams() });
}

/**
 * The mail's link ends on the portal's own page, whatever page it was made to name. Success is said in the address: the page opened
 * by hand must not claim a confirmation.
 */
async function verifyEmail(call: Call): Promise<Response> {
  const response = await call.forward({
    query: new URLSearchParams({ token: call.query.get('token') ?? '', callbackURL: '/verify-email' }),
  });
  if (response.headers.get('location') !== '/verify-email') return response;
  const headers = new Headers(response.headers);
  headers.set('location', '/verify-email?confirmed=1');
  return new Response(null, { status: response.status, headers });
}

/** Ends every other session: better-auth is always told so, whatever the form said. */
async function changePassword({ limiter, passwordChanged }: RouteSettings, call: Call): Promise<Response> {
  const newPassword = parsed('newPassword', 'PASSWORD_RULES', parseNewPassword(call.body.newPassword));
  const { user } = signedIn(call);
  const key = `change-password:${user.id}`;
  await limiter.take(key, ACCOUNT_LIMIT);
  const { currentPassword } = call.body;
  const response = await call.forward({
    body: { currentPassword, newPassword, revokeOtherSessions: true },
  });
  if (response.ok) {
    await limiter.forget(key);
    passwordChanged(user.email);
  }
  return response;
}

async function updateUser({ store, nowMs }: RouteSettings, call: Call): Promise<Response> {
  const { user } = signedIn(call);
  const complaints: FieldComplaint[] = [];
  const read = (field: string, code: string, parse: (input: unknown) => Parsed): string | undefined => {
    if (call.body[field] === undefined) return undefined;
    const value = parse(call.body[field]);
    if (value.ok) return value.value;
    complaints.push({ field, code, message: value.complaint });
    return undefined;
  };
  const name = read('name', 'INVALID_NAME', parseName);
  const phoneNumber = read('phoneNumber', 'INVALID_PHONE_NUMBER', parsePhoneNumber);
  if (complaints.length) throw AccountRefusal.ofFields(complaints);
  if (name === undefined && phoneNumber === undefined) {
    throw new AccountRefusal('INVALID_BODY', 'There is nothing to change: send a name or a phone number.');
  }
  const profile = { ...(name !== undefined && { name }), ...(phoneNumber !== undefined && { phoneNumber }) };
  await changeFrom(store, call.context.origin, (transaction) =>
    updateProfile(transaction, user.id, profile, nowMs()),
  );
  return json({ status: true });
}

/** In better-auth's form, but `token` is the session's id: no session's token leaves the server here. */
async function sessionList({ store, nowMs }: RouteSettings, call: Call): Promise<Response> {
  const { user, sessionId } = signedIn(call);
  const sessions = await listSessions(store, user.id);
  const live = sessions.filter(({ expiresAtMs }) => expiresAtMs > nowMs());
  return json(
    live.map(({ id, createdAtMs, expiresAtMs, address, client }) => ({
      id,
      token: id,
      userId: user.id,
      current: id === sessionId,
      createdAt: new Date(createdAtMs).toISOString(),
      expiresAt: new Date(expiresAtMs).toISOString(),
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
    throw new AccountRefusal('INVALID_BODY', 'Say which session to end, by its id.');
  }
  await changeFrom(store, call.context.origin, (transaction) =>
    endSessions(transaction, user.id, { only: id }),
  );
  return json({ status: true });
}

async function revokeOthers({ store }: RouteSettings, call: Call): Promise<Response> {
  const { user, sessionId } = signedIn(call);
  await changeFrom(store, call.context.origin, (transaction) =>
    endSessions(transaction, user.id, { except: sessionId }),
  );
  return json({ status: true });
}

/** Without `createSession`, which would begin a session that no sign-in began. */
const addPasskey = (call: Call) =>
  call.forward({ body: { response: call.body.response, name: passkeyName(call.body.name) } });

async function renamePasskey(call: Call): Promise<Response> {
  return ownPasskey(call, { id: call.body.id, name: passkeyName(call.body.name) });
}

/** Somebody else's passkey is not there: better-auth would say that it exists. */
async function ownPasskey(call: Call, body = call.body): Promise<Response> {
  const response = await call.forward({ body });
  if (response.status !== 401 && response.status !== 404) return response;
  throw new AccountRefusal('NOT_FOUND', 'This passkey is not there. It may have been removed already.');
}

function passkeyName(input: unknown): string | undefined {
  if (input === undefined || input === null || input === '') return undefined;
  return parsed('name', 'INVALID_NAME', parseName(input));
}

function parsed(field: string, code: string, value: Parsed): string {
  if (value.ok) return value.value;
  throw AccountRefusal.ofFields([{ field, code, message: value.complaint }]);
}

function signedIn(call: Call): Session {
  if (call.session) return call.session;
  throw new AccountRefusal('UNAUTHORIZED', 'You are not signed in. Sign in and try again.');
}
