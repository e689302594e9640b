/** What each error code means and what to do, for docs/errors.md. A code without a meaning does not compile. */
import type { AccountRefusalCode, ApiRefusalCode } from '../core/refusal.ts';

export const API_MEANINGS: Readonly<Record<ApiRefusalCode, string>> = {
  invalid_json:
    'The body could not be read as JSON. Send a JSON object with `Content-Type: application/json`.',
  invalid_request:
    'A member is missing, unknown or of the wrong type, a query parameter is out of its range, or a cursor is not of this list. `errors[]` names each.',
  unauthenticated:
    'The request carries no token, and no session or one that has ended. Sign in, or send a token.',
  invalid_token:
    'A token was sent and refused. `detail` says why (expired, deleted, account deactivated) only if the secret is or was a real one; for anything else it says that the token is not valid.',
  cross_site_request:
    'A change was asked for with a session cookie, and the `Origin` header is not the portal’s own. Open the portal at its public URL, or use a token.',
  forbidden:
    'You are known, but this is not for you: a token with narrowed access manages no tokens, and the verification listener off loopback answers only a client with a credential.',
  not_found:
    'There is nothing at the address, or nothing of yours: another holder’s token is answered the same as none.',
  method_not_allowed: 'The address exists, the method does not. The `Allow` header lists those that do.',
  account_changed:
    'The request names an account in `X-Lencana-Account`, and the session is another account’s: somebody signed in with the same browser since the page was opened. Nothing was done. Reload the page.',
  name_taken:
    'You have a token of this name, compared without case. Expired tokens count until they are deleted.',
  too_many_tokens:
    'You have as many tokens as one account may have (`LENCANA_TOKENS_PER_HOLDER_MAX`). Each counts until it is deleted, expired ones too. Delete those that nobody uses.',
  idempotency_conflict:
    'The `Idempotency-Key` was used for a request with another body, or the token that it made has been deleted. Make a new key for each new token.',
  body_too_large: 'The body is larger than this address reads: 4 kB at most addresses.',
  unsupported_media_type: 'Send the body as `application/json`.',
  invalid_name:
    'A token name has 1 to 100 characters after trimming, and no control characters, line breaks or marks that turn the writing direction.',
  invalid_expiry:
    '`expires_on` is no calendar day, `expires_at` is no RFC 3339 instant, both were given, `time_zone` came alone, or the end is after the year 9999.',
  expiry_in_past: 'The end that was asked for has passed.',
  invalid_time_zone:
    '`expires_on` needs a `time_zone`, an IANA name such as `Asia/Jakarta`; an offset is not a time zone.',
  outlives_token:
    'A token that ends was used to make one that ends later or never. Give an expiry that is not later than its own.',
  too_many_reports:
    'A service reports uses from more verifiers, or more of them, than are taken. Its verifier tries again by itself.',
  internal:
    'Something failed that should not. The request may have done its work: look before you send it again. The operator finds it in the log by `request_id`.',
  not_understood:
    'A verifier inside a service asked a node about a token that is restricted in a way that this release of the verifier does not know. Until a newer one is installed, it answers that the token cannot be checked.',
  not_yet_final:
    'What was asked for is done and stays done, but the database could not be asked how long others may still answer from memory. Do the same again: it changes nothing more, and answers when nothing accepts what was taken away.',
  storage_full:
    'The disk or the quota of the database is full, so nothing was changed. Tokens are still verified where that needs no writing. It works again when the operator has made room.',
  storage_read_only:
    'The database cannot be written: its disk or the database itself is read-only. Nothing was changed. It works again when that ends.',
  unavailable:
    'The database cannot be reached, so nothing can be decided. Wait as `Retry-After` says, then look whether the change was made.',
};

export const ACCOUNT_MEANINGS: Readonly<Record<AccountRefusalCode, string>> = {
  invalid_body: 'The body is not a JSON object, or lacks what the request is about.',
  invalid_email: 'This is no whole e-mail address.',
  invalid_link: 'The mailed link was used already, has expired, or is not whole.',
  origin_refused: 'The `Origin` header is not the portal’s own. Nothing was done.',
  unauthorized: 'Not signed in.',
  not_found: 'There is nothing at the address, or the passkey is not yours.',
  method_not_allowed: 'The address exists, the method does not.',
  account_changed:
    'The request names an account in `X-Lencana-Account`, and the session is another account’s. Nothing was done.',
  unsupported_media_type: 'Send the body as `application/json`.',
  invalid_fields: 'One or more fields of a form are wrong; `errors[]` names each.',
  user_already_exists: 'The e-mail address has an account. Said only where the portal sends no mail.',
  last_administrator: 'The account is the last active administrator. Make another one first.',
  setup_code_required:
    'The portal has no administrator yet, and the first account needs the set-up code. Open the link that the server printed when it started.',
  setup_code_wrong: 'The set-up code is not the one that the server printed when it last started.',
  sign_up_domain_refused: 'The address is not at one of the domains that may sign up.',
  invitation_required: 'Accounts at this portal need an invitation.',
  invitation_invalid: 'The invitation was used, has expired, or was never made.',
  invitation_for_another_address: 'The invitation names another e-mail address.',
  account_deactivated: 'The account is deactivated.',
  reauthentication_required:
    'The change needs a password or a passkey of the account, given within the last five minutes. `POST /api/auth/reauthenticate`, then do it again.',
  passkey_of_another_account: 'The passkey is another account’s than the one that is signed in.',
  passkey_without_verification: 'The passkey did not check the person (PIN, fingerprint or face).',
  too_many_requests: 'Too many attempts. `Retry-After` says, in seconds, when to come back.',
  busy: 'Too many passwords are being checked at once. Nothing was changed; try again in a few seconds.',
  internal: 'Something failed that should not.',
};
