/**
 * The one error type for what is refused on purpose, with codes from a closed registry. Anything else thrown is a bug or an
 * outage. Texts here are meant to be read by the person who gets them and give nothing away about others.
 */

/** Every code of the API, its HTTP status and its title. Documented in docs/errors.md, which is generated from here. */
export const API_REFUSALS = {
  invalid_json: { status: 400, title: 'The body is not JSON' },
  invalid_request: { status: 400, title: 'The request does not fit the API' },
  unauthenticated: { status: 401, title: 'Not signed in' },
  invalid_token: { status: 401, title: 'The token was refused' },
  cross_site_request: { status: 403, title: 'The request came from another site' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  account_changed: { status: 409, title: 'Another account is signed in' },
  name_taken: { status: 409, title: 'The name is taken' },
  too_many_tokens: { status: 409, title: 'No more tokens may be made' },
  idempotency_conflict: { status: 409, title: 'The idempotency key was used for another request' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body has the wrong media type' },
  invalid_name: { status: 422, title: 'The name is not valid' },
  invalid_expiry: { status: 422, title: 'The expiry is not valid' },
  expiry_in_past: { status: 422, title: 'The expiry is in the past' },
  invalid_time_zone: { status: 422, title: 'The time zone is not known' },
  outlives_token: { status: 422, title: 'The token would outlive the one that makes it' },
  too_many_reports: { status: 429, title: 'Too many reports' },
  internal: { status: 500, title: 'Something failed on our side' },
  not_understood: { status: 503, title: 'The verifier is too old for this token' },
  not_yet_final: { status: 503, title: 'Done, but not yet confirmed everywhere' },
  storage_full: { status: 503, title: 'The storage is full' },
  storage_read_only: { status: 503, title: 'The storage cannot be written' },
  unavailable: { status: 503, title: 'Temporarily unavailable' },
} as const satisfies Record<string, { status: number; title: string }>;

/** The codes that accounts add: below /api/auth they leave in capitals, in the form of the client that asks there. */
export const ACCOUNT_REFUSALS = {
  invalid_body: { status: 400, title: 'The body is not what this address takes' },
  invalid_email: { status: 400, title: 'The e-mail address is not valid' },
  invalid_link: { status: 400, title: 'The link is not valid' },
  origin_refused: { status: 403, title: 'The request came from another site' },
  unauthorized: { status: 401, title: 'Not signed in' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  account_changed: { status: 409, title: 'Another account is signed in' },
  unsupported_media_type: { status: 415, title: 'The body has the wrong media type' },
  invalid_fields: { status: 422, title: 'A field is not valid' },
  user_already_exists: { status: 422, title: 'The address has an account' },
  last_administrator: { status: 409, title: 'The last active administrator' },
  setup_code_required: { status: 403, title: 'The set-up code is missing' },
  setup_code_wrong: { status: 403, title: 'The set-up code is wrong' },
  sign_up_domain_refused: { status: 403, title: 'Addresses of this domain may not sign up' },
  invitation_required: { status: 403, title: 'An invitation is needed' },
  invitation_invalid: { status: 403, title: 'The invitation is not valid' },
  invitation_for_another_address: { status: 403, title: 'The invitation is for another address' },
  passkey_of_another_account: { status: 403, title: 'The passkey is of another account' },
  account_deactivated: { status: 403, title: 'The account is deactivated' },
  reauthentication_required: { status: 403, title: 'A recent proof of who you are is needed' },
  passkey_without_verification: { status: 403, title: 'The passkey did not check the person' },
  too_many_requests: { status: 429, title: 'Too many attempts' },
  busy: { status: 503, title: 'The server is busy' },
  internal: { status: 500, title: 'Something failed on our side' },
} as const satisfies Record<string, { status: number; title: string }>;

export const REFUSALS = { ...API_REFUSALS, ...ACCOUNT_REFUSALS };

export type ApiRefusalCode = keyof typeof API_REFUSALS;
export type AccountRefusalCode = keyof typeof ACCOUNT_REFUSALS;
export type RefusalCode = keyof typeof REFUSALS;

/** What is wrong with one member of the request. `code`: of the whole, or one that says more. */
export type FieldRefusal = { readonly field: string; readonly code: string; readonly message: string };

export type RefusalExtras = {
  readonly fields?: readonly FieldRefusal[];
  /** When to come back, in whole seconds. */
  readonly retryAfterSeconds?: number;
};

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: RefusalCode;
  readonly fields: readonly FieldRefusal[];
  readonly retryAfterSeconds: number | null;

  /** `detail` is one plain sentence that says what happened and what to do. */
  constructor(code: RefusalCode, detail: string, extras: RefusalExtras = {}) {
    super(detail);
    this.code = code;
    this.fields = extras.fields ?? [];
    this.retryAfterSeconds = extras.retryAfterSeconds ?? null;
  }

  /** A refusal about a single member: the sentence stands at the field and for the whole. */
  static ofField(code: RefusalCode, field: string, message: string): Refusal {
    return new Refusal(code, message, { fields: [{ field, code, message }] });
  }

  /** One refusal for a form: the first complaint speaks for the whole. */
  static ofFields(fields: readonly FieldRefusal[]): Refusal {
    return new Refusal('invalid_fields', fields[0]?.message ?? 'Check the form.', { fields });
  }
}
