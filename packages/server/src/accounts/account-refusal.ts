/**
 * How a refusal leaves below /api/auth: `{code, message, errors?}`, the form of better-auth's client, with codes in capitals; and the
 * plain sentence for each of better-auth's own codes that a person can meet.
 */
import { REFUSALS, type Refusal, type RefusalCode } from '../core/refusal.ts';

/** What has a name of better-auth's already goes by it. */
const BETTER_AUTH_NAMES: Partial<Record<RefusalCode, string>> = {
  invalid_link: 'INVALID_TOKEN',
  unauthenticated: 'UNAUTHORIZED',
};

/** A code of ours as it is called on this wire. */
export const accountCode = (code: RefusalCode): string => BETTER_AUTH_NAMES[code] ?? code.toUpperCase();

export function accountResponse(refusal: Refusal): Response {
  const headers = new Headers({ 'content-type': 'application/json', 'cache-control': 'no-store' });
  if (refusal.retryAfterSeconds !== null) headers.set('retry-after', String(refusal.retryAfterSeconds));
  const errors = refusal.fields.length > 0 ? { errors: refusal.fields } : {};
  return new Response(
    JSON.stringify({ code: accountCode(refusal.code), message: refusal.message, ...errors }),
    { status: REFUSALS[refusal.code].status, headers },
  );
}

/** What each of better-auth's codes says to a person here: what happened and what to do. */
export const PLAIN_TEXTS: Readonly<Record<string, string>> = {
  INVALID_EMAIL_OR_PASSWORD: 'The e-mail address or the password is wrong.',
  INVALID_EMAIL: 'Enter a whole e-mail address, like ayu@example.com.',
  INVALID_PASSWORD: 'The current password is wrong.',
  SESSION_EXPIRED: 'Your session has ended. Sign in again.',
  UNAUTHORIZED: 'You are not signed in. Sign in and try again.',
  PASSWORD_TOO_SHORT: 'The password is too short.',
  PASSWORD_TOO_LONG: 'The password is too long.',
  VALIDATION_ERROR: 'Something in the request is missing or of the wrong kind.',
  PASSKEY_NOT_FOUND: 'This passkey is not known here. Sign in with your password.',
  AUTHENTICATION_FAILED: 'The passkey was not accepted. Try again, or sign in with your password.',
  CHALLENGE_NOT_FOUND: 'That took too long. Try again.',
  FAILED_TO_VERIFY_REGISTRATION: 'The passkey was not accepted. Try again.',
  MISSING_OR_NULL_ORIGIN: 'The request came from another site, so nothing was done.',
  INVALID_ORIGIN: 'The request came from another site, so nothing was done.',
};

/** The sentence for one of better-auth's codes; `fallback` (its own text) for codes that no person meets. */
export const plainText = (code: string, fallback: string): string => PLAIN_TEXTS[code] ?? fallback;
