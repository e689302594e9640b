/** The public API's shapes: validation, types and the OpenAPI document come from here. */
import Type, { type Static } from 'typebox';
import { ROLES } from '../../core/access/role.ts';
import { statusOf, TOKEN_STATUSES, type Token } from '../../core/tokens/token.ts';

const instant = (description: string) => Type.String({ format: 'date-time', description });
const instantOrNull = (description: string) =>
  Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description });
const textOrNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

export const TokenSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    masked: Type.String({ description: 'What may be shown of the secret, e.g. `cldkctl_…gj4T`.' }),
    status: Type.Enum([...TOKEN_STATUSES], {
      description: '`expires_soon`: within seven days. `revoked`: deleted, refused everywhere.',
    }),
    created_at: instant('RFC 3339, UTC.'),
    expires_at: instantOrNull('The last instant on which the token works; null: never ends.'),
    last_used_at: instantOrNull('null: not used yet. Up to a few seconds late.'),
    last_used_address: textOrNull('Client address of the last use.'),
    last_used_client: textOrNull('`User-Agent` of the last use.'),
    last_used_reported_by: textOrNull(
      'Name of the service that reported the last use from its own verifier; null: Lencana saw it itself.',
    ),
  },
  { $id: 'Token', title: 'Token' },
);

export function tokenOnWire(token: Token, nowMs: number): Static<typeof TokenSchema> {
  const instantOf = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  return {
    id: token.id,
    name: token.name,
    masked: token.masked,
    status: statusOf(token, nowMs),
    created_at: new Date(token.createdAtMs).toISOString(),
    expires_at: instantOf(token.expiresAtMs),
    last_used_at: instantOf(token.lastUsedAtMs),
    last_used_address: token.lastUsedAddress,
    last_used_client: token.lastUsedClient,
    last_used_reported_by: token.lastUsedReportedBy,
  };
}

export const UserSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    email: Type.String(),
    email_verified: Type.Boolean(),
    phone_number: textOrNull('As given at sign-up.'),
    role: Type.Enum([...ROLES]),
    organization: Type.Object({ id: Type.String(), name: Type.String() }),
  },
  { $id: 'User', title: 'User' },
);

/** Answers of every operation that can refuse. */
export const problemResponses = (...statuses: number[]) =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: PROBLEM_MEANINGS[status] ?? 'Refused.',
        content: { 'application/problem+json': { schema: Type.Ref('Problem') } },
      },
    ]),
  );

const PROBLEM_MEANINGS: Record<number, string> = {
  400: 'The request does not fit the API: `invalid_json`, `invalid_request`.',
  401: 'No valid session or token: `unauthenticated`, `invalid_token`.',
  403: 'Not allowed: `cross_site_request`, `forbidden`.',
  404: 'It does not exist, or it is not yours: `not_found`.',
  409: 'In the way of something that is there: `name_taken`, `too_many_tokens`, `idempotency_conflict`. Or another account is signed in than `X-Lencana-Account` names: `account_changed`.',
  422: 'A value is not possible: `invalid_name`, `invalid_expiry`, `invalid_time_zone`, `expiry_in_past`, `outlives_token`.',
  503: 'Temporarily unavailable: `unavailable`.',
};
