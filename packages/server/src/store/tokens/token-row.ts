/** A row of `tokens` as the token that it stands for, with what is known of its last use. */
import { type Selectable, sql } from 'kysely';
import type { Token } from '../../core/tokens/token.ts';
import type { TokensTable } from '../engines/schema.ts';

type LastUse = {
  last_used_at_ms: number | null;
  last_used_address: string | null;
  last_used_client: string | null;
  last_used_reported_by: string | null;
};

/** What nodes saw, and what services reported; `reported_by` of the second is a service credential. */
const USES = sql`(
  SELECT used_at_ms, address, client, NULL AS reported_by FROM token_uses WHERE token_id = tokens.id
  UNION ALL SELECT used_at_ms, address, agent, reported_by FROM reported_uses WHERE token_id = tokens.id
) AS uses`;

/** Of the later one. At the same instant a node's own counts. */
const ofLastUse = (column: 'address' | 'client' | 'reported_by') =>
  sql<
    string | null
  >`SELECT ${sql.ref(column)} FROM ${USES} ORDER BY used_at_ms DESC, reported_by IS NOT NULL LIMIT 1`;

/** Of a row of `tokens`, in a query or in what a change returns. */
export const lastUsedAtMs = sql<number | null>`(SELECT max(used_at_ms) FROM ${USES})`;
export const LAST_USE = [
  lastUsedAtMs.as('last_used_at_ms'),
  sql<string | null>`(${ofLastUse('address')})`.as('last_used_address'),
  sql<string | null>`(${ofLastUse('client')})`.as('last_used_client'),
  // The name under which the holder may know the service.
  sql<string | null>`(SELECT name FROM clients WHERE id = (${ofLastUse('reported_by')}))`.as(
    'last_used_reported_by',
  ),
] as const;

/** Of all columns of `tokens` and `LAST_USE`. */
export function tokenFrom(row: Selectable<TokensTable> & LastUse): Token {
  return {
    id: row.id,
    organizationId: row.organization_id,
    holderId: row.holder_id,
    name: row.name,
    masked: row.masked,
    scopes: row.scopes === null ? null : JSON.parse(row.scopes),
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    revokedAtMs: row.revoked_at_ms,
    madeByTokenId: row.made_by_token_id,
    madeBySecretId: row.made_by_secret_id,
    lastUsedAtMs: row.last_used_at_ms,
    lastUsedAddress: row.last_used_address,
    lastUsedClient: row.last_used_client,
    lastUsedReportedBy: row.last_used_reported_by,
  };
}
