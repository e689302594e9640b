/** A row of `tokens` as the token that it stands for. */
import type { Selectable } from 'kysely';
import type { Token } from '../core/token.ts';
import type { TokensTable } from './schema.ts';

export function tokenFrom(row: Selectable<TokensTable>): Token {
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
