/**
 * The calls of /api/auth that need no passkey: signing up, in and out, passwords, the profile, sessions. Each resolves
 * with the server's answer or throws a `Problem`. Keeps nothing: passwords pass through once.
 */
import { portalFetch } from '../api/portal-fetch.ts';
import { Problem, problemOfFailure } from '../api/problem.ts';

const basePath = '/api/auth';
/** Making an account hashes a password, which takes the server longer when it is busy. */
const answerWithinMs = 30_000;

export interface SignUpDraft {
  name: string;
  email: string;
  password: string;
  phoneNumber: string;
  setupCode?: string;
  invitation?: string;
}

export interface Session {
  id: string;
  /** Whether it is the one that asks. */
  current: boolean;
  createdAt: string;
  expiresAt: string;
  /** When it ends in any case, used or not. */
  endsAt: string;
  ipAddress: string | null;
  userAgent: string | null;
}

/** `signedIn` is false where the address has to be confirmed first by the link in a mail. */
export async function signUp(draft: SignUpDraft): Promise<{ signedIn: boolean }> {
  const answer = await post<{ token: string | null }>('/sign-up/email', draft);
  return { signedIn: answer.token !== null };
}

export async function signIn(email: string, password: string): Promise<void> {
  await post('/sign-in/email', { email, password });
}

export async function signOut(): Promise<void> {
  await post('/sign-out', {});
}

/** The answer is the same whether there is an account for the address or not. */
export async function requestPasswordReset(email: string): Promise<void> {
  await post('/request-password-reset', { email });
}

export async function sendVerificationMail(email: string): Promise<void> {
  await post('/send-verification-email', { email });
}

/** Confirms the address that the mailed token is for, and signs its account in. */
export async function verifyEmail(token: string, password: string): Promise<void> {
  await post('/verify-email', { token, password });
}

/** How many passkeys the account has whose password the mailed token resets. Changes nothing. */
export async function readResetLink(token: string, signal: AbortSignal): Promise<{ passkeys: number }> {
  return await post('/read-reset-link', { token }, signal);
}

export async function resetPassword(
  token: string,
  newPassword: string,
  removePasskeys: boolean,
): Promise<void> {
  await post('/reset-password', { token, newPassword, removePasskeys });
}

/** Proves to the server that whoever is signed in is here. Begins no session. */
export async function reauthenticate(password: string): Promise<void> {
  await post('/reauthenticate', { password });
}

/** Ends every other session too. */
export async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
  await post('/change-password', { currentPassword, newPassword, revokeOtherSessions: true });
}

export async function updateProfile(profile: { name: string; phoneNumber?: string }): Promise<void> {
  await post('/update-user', profile);
}

export async function listSessions(signal: AbortSignal): Promise<Session[]> {
  return await answerOf<Session[]>('/list-sessions', { signal });
}

export async function endSession(id: string): Promise<void> {
  await post('/revoke-session', { token: id });
}

export async function endOtherSessions(): Promise<void> {
  await post('/revoke-other-sessions', {});
}

function post<Answer = unknown>(path: string, body: object, signal?: AbortSignal): Promise<Answer> {
  return answerOf<Answer>(path, {
    method: 'POST',
    ...(signal && { signal }),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function answerOf<Answer>(path: string, init: RequestInit): Promise<Answer> {
  const offline = navigator.onLine === false;
  const signals = [AbortSignal.timeout(answerWithinMs), ...(init.signal ? [init.signal] : [])];
  try {
    const response = await portalFetch(`${basePath}${path}`, {
      ...init,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.any(signals),
    });
    const body: unknown = await response.json().catch(() => undefined);
    if (response.ok && body !== undefined) return body as Answer;
    throw problemOfAccountAnswer(response.status, body, response.headers.get('x-request-id'));
  } catch (failure) {
    const problem = problemOfFailure(failure);
    // Without a network the request cannot have got anywhere.
    if (!offline || problem.code !== 'network') throw problem;
    throw new Problem({ code: 'network', status: 0, saved: 'no' });
  }
}

/** Answers of /api/auth are `{code, message, errors?}` where other routes send problem documents. */
export function problemOfAccountAnswer(
  status: number,
  body: unknown,
  requestId: string | null = null,
): Problem {
  const saved = status >= 400 && status < 500 ? 'no' : 'unknown';
  const { code, message, errors } = (body ?? {}) as Record<string, unknown>;
  if (typeof code !== 'string') {
    return new Problem({ code: 'unexpected_answer', status, saved, requestId });
  }
  return new Problem({
    code: sameOnEveryRoute[code] ?? code,
    status,
    // Refused before anything was begun.
    saved: code === 'BUSY' ? 'no' : saved,
    detail: typeof message === 'string' ? message : '',
    fieldErrors: Array.isArray(errors) ? errors.filter(isFieldError) : [],
    requestId,
  });
}

/** One name for an ended session and for another account, whichever route says so. */
const sameOnEveryRoute: Record<string, string> = {
  UNAUTHORIZED: 'unauthenticated',
  ACCOUNT_CHANGED: 'account_changed',
};

function isFieldError(value: unknown): value is { field: string; code: string; message: string } {
  const { field, code, message } = (value ?? {}) as Record<string, unknown>;
  return typeof field === 'string' && typeof code === 'string' && typeof message === 'string';
}
