/**
 * What the accounts room refuses on purpose: one error type, a closed registry of codes, and the plain
 * sentence for each of better-auth's own codes that a person can meet. On the wire: `{code, message,
 * errors?}`, the form of better-auth's client.
 */

export const ACCOUNT_REFUSALS = {
  INVALID_BODY: 400,
  INVALID_EMAIL: 400,
  INVALID_TOKEN: 400,
  ORIGIN_REFUSED: 403,
  UNAUTHORIZED: 401,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  ACCOUNT_CHANGED: 409,
  UNSUPPORTED_MEDIA_TYPE: 415,
  INVALID_FIELDS: 422,
  USER_ALREADY_EXISTS: 422,
  SETUP_CODE_REQUIRED: 403,
  SETUP_CODE_WRONG: 403,
  SIGN_UP_DOMAIN_REFUSED: 403,
  INVITATION_REQUIRED: 403,
  INVITATION_INVALID: 403,
  INVITATION_FOR_ANOTHER_ADDRESS: 403,
  ACCOUNT_DEACTIVATED: 403,
  PASSKEY_WITHOUT_VERIFICATION: 403,
  TOO_MANY_REQUESTS: 429,
  BUSY: 503,
  INTERNAL: 500,
} as const satisfies Record<string, number>;

export type AccountRefusalCode = keyof typeof ACCOUNT_REFUSALS;

export type FieldComplaint = { readonly field: string; readonly code: string; readonly message: string };

export class AccountRefusal extends Error {
  override readonly name = 'AccountRefusal';
  readonly code: AccountRefusalCode;
  readonly fields: readonly FieldComplaint[];
  /** When to come back, in whole seconds; with code TOO_MANY_REQUESTS and BUSY. */
  readonly retryAfterSeconds: number | null;

  constructor(
    code: AccountRefusalCode,
    message: string,
    more: { readonly fields?: readonly FieldComplaint[]; readonly retryAfterSeconds?: number } = {},
  ) {
    super(message);
    this.code = code;
    this.fields = more.fields ?? [];
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
  }

  /** One refusal for a form: the first complaint speaks for the whole. */
  static ofFields(fields: readonly FieldComplaint[]): AccountRefusal {
    return new AccountRefusal('INVALID_FIELDS', fields[0]?.message ?? 'Check the form.', { fields });
  }

  toResponse(): Response {
    const headers = new Headers({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    if (this.retryAfterSeconds !== null) headers.set('retry-after', String(this.retryAfterSeconds));
    const errors = this.fields.length ? { errors: this.fields } : {};
    return new Response(JSON.stringify({ code: this.code, message: this.message, ...errors }), {
      status: ACCOUNT_REFUSALS[this.code],
      headers,
    });
  }
}

/** What each of better-auth's codes says to a person here: what happened and what to do. */
export const PLAIN_TEXTS: Readonly<Record<string, string>> = {
  INVALID_EMAIL_OR_PASSWORD: 'The e-mail address or the password is wrong.',
  INVALID_EMAIL: 'Enter a whole e-mail address, like ayu@example.com.',
  INVALID_PASSWORD: 'The current password is wrong.',
  SESSION_NOT_FRESH: 'You signed in more than a day ago. Sign in again to do this.',
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
