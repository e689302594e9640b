/** A row of `tokens` as the token that it stands for, with what is known of its last use. */
import { type Selectable, sql } from 'kysely';
import type { Token } from '../../core/tokens/token.ts';
import type { TokensTable } from '../engines/schema.ts';

type LastUse = {
  last_used_at_ms: number | null;
  last_used_address: string | null;
  last_used_client: string | null;
};

/** Of a row of `tokens`, in a query or in what a change returns. */
export const lastUsedAtMs = sql<
  number | null
>`(SELECT used_at_ms FROM token_uses WHERE token_id = tokens.id)`;
export const LAST_USE = [
  lastUsedAtMs.as('last_used_at_ms'),
  sql<string | null>`(SELECT address FROM token_uses WHERE token_id = tokens.id)`.as('last_used_address'),
  sql<string | null>`(SELECT client FROM token_uses WHERE token_id = tokens.id)`.as('last_used_client'),
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
    lastUsedAtMs: row.last_used_at_ms,
    lastUsedAddress: row.last_used_address,
    lastUsedClient: row.last_used_client,
  };
}
