/** The hot path's one query: a digest to everything a verdict needs, on the driver's prepared statement. */
import type { SecretRecord } from '@lencana/verifier';
import type { SecretLookup } from '../core/ports.ts';
import { effectiveScopes } from '../core/role.ts';
import type { Store } from './open-store.ts';

const QUERY = `
  SELECT s.ends_at_ms AS secret_ends_at_ms, t.id AS token_id, t.name AS token_name, t.scopes AS token_scopes,
    t.created_at_ms, t.expires_at_ms, t.revoked_at_ms, t.organization_id,
    u.id AS holder_id, u.name AS holder_name, u.email AS holder_email, u.role AS holder_role,
    u.deactivated_at_ms AS holder_deactivated_at_ms
  FROM token_secrets s JOIN tokens t ON t.id = s.token_id JOIN users u ON u.id = t.holder_id`;

/** How long, in milliseconds, a look-up may take before the verdict is "unavailable". */
const LOOKUP_TIMEOUT_MS = 2000;

type Row = {
  secret_ends_at_ms: number | null;
  token_id: string;
  token_name: string;
  token_scopes: string | null;
  created_at_ms: number;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
  organization_id: string;
  holder_id: string;
  holder_name: string;
  holder_email: string;
  holder_role: string;
  holder_deactivated_at_ms: number | null;
};

/** On SQLite the authority's clock is this machine's; on PostgreSQL it is the database's, read with the row. */
export function createSecretLookup(store: Store): SecretLookup {
  const { driver } = store;
  if (driver.kind === 'sqlite') {
    const statement = driver.reader.prepare(`${QUERY} WHERE s.digest = ?`);
    return async (digest) => {
      const row = statement.get(digest);
      return { record: row ? recordFrom(row as Row) : null, nowMs: Date.now() };
    };
  }
  const text = `
    SELECT found.*, (extract(epoch FROM clock_timestamp()) * 1000)::BIGINT AS now_ms
    FROM (SELECT 1) AS always LEFT JOIN (${QUERY} WHERE s.digest = $1) AS found ON true`;
  // A gateway waits for the answer: better unavailable soon than decided late.
  const query = { name: 'secret-lookup', text, query_timeout: LOOKUP_TIMEOUT_MS };
  return async (digest) => {
    const { rows } = await driver.pool.query<(Row | { token_id: null }) & { now_ms: number }>({
      ...query,
      values: [digest],
    });
    const [row] = rows;
    if (!row) throw new Error('the look-up answered no row');
    return { record: row.token_id === null ? null : recordFrom(row), nowMs: row.now_ms };
  };
}

function recordFrom(row: Row): SecretRecord {
  const ownScopes = row.token_scopes === null ? null : JSON.parse(row.token_scopes);
  return {
    secretEndsAtMs: row.secret_ends_at_ms,
    revokedAtMs: row.revoked_at_ms,
    holderDeactivatedAtMs: row.holder_deactivated_at_ms,
    token: {
      tokenId: row.token_id,
      tokenName: row.token_name,
      holderId: row.holder_id,
      holderName: row.holder_name,
      holderEmail: row.holder_email,
      organizationId: row.organization_id,
      scopes: effectiveScopes(ownScopes, row.holder_role),
      createdAtMs: row.created_at_ms,
      expiresAtMs: row.expires_at_ms,
    },
  };
}
