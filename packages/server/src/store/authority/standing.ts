/** The rows that an act rests on, locked and read inside its transaction. Judges nothing: core/authority/standing.ts does. */
import { sql, type Transaction } from 'kysely';
import type { Role } from '../../core/access/role.ts';
import type {
  AuthorityRows,
  LockedAccounts,
  LockedSession,
  LockedToken,
} from '../../core/authority/standing.ts';
import type { Store } from '../engines/open-store.ts';
import type { Database } from '../engines/schema.ts';
import { secretIdOf } from './authority-entries.ts';

/** On SQLite a transaction is alone from its first statement on, so no row needs a lock of its own. */
export const authorityRowsOf = (
  { dialect }: Pick<Store, 'dialect'>,
  transaction: Transaction<Database>,
): AuthorityRows => ({
  lockAccounts: (ids) => lockAccounts(dialect, transaction, ids),
  lockToken: (tokenId, secretId, holderId) => lockToken(dialect, transaction, tokenId, secretId, holderId),
  lockSession: (sessionId, userId) => lockSession(dialect, transaction, sessionId, userId),
  hasPasskey: async (userId, passkeyId) => {
    const { rows } = await sql`
      SELECT 1 FROM passkeys WHERE id = ${passkeyId} AND user_id = ${userId}`.execute(transaction);
    return rows.length > 0;
  },
});

type Dialect = Store['dialect'];

async function lockAccounts(
  dialect: Dialect,
  transaction: Transaction<Database>,
  ids: readonly string[],
): Promise<LockedAccounts> {
  const { rows } = await sql<{
    id: string;
    role: Role;
    deactivated_at_ms: number | null;
    credential_epoch: number;
  }>`
    SELECT id, role, deactivated_at_ms, credential_epoch FROM users
    WHERE id IN (${sql.join(ids)}) ORDER BY id
    ${dialect === 'postgres' ? sql`FOR NO KEY UPDATE` : sql``}`.execute(transaction);
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        role: row.role,
        isActive: row.deactivated_at_ms === null,
        credentialEpoch: row.credential_epoch,
      },
    ]),
  );
}

async function lockToken(
  dialect: Dialect,
  transaction: Transaction<Database>,
  tokenId: string,
  secretId: string,
  holderId: string | null,
): Promise<LockedToken | null> {
  const { rows: found } = await sql<{
    revoked_at_ms: number | null;
    expires_at_ms: number | null;
    now_ms: number;
  }>`
    SELECT revoked_at_ms, expires_at_ms, ${databaseNowMs(dialect)} AS now_ms FROM tokens
    WHERE id = ${tokenId} AND holder_id = ${holderId}
    ${dialect === 'postgres' ? sql`FOR SHARE` : sql``}`.execute(transaction);
  const [token] = found;
  if (!token) return null;
  const { rows: secrets } = await sql<{ digest: Uint8Array; ends_at_ms: number | null; now_ms: number }>`
    SELECT digest, ends_at_ms, ${databaseNowMs(dialect)} AS now_ms FROM token_secrets
    WHERE token_id = ${tokenId}`.execute(transaction);
  const secret = secrets.find(({ digest }) => secretIdOf(digest) === secretId);
  return {
    revokedAtMs: token.revoked_at_ms,
    expiresAtMs: token.expires_at_ms,
    secret: secret ? { endsAtMs: secret.ends_at_ms } : null,
    // Read after the wait for the row's lock, which may have been long.
    nowMs: secret?.now_ms ?? token.now_ms,
  };
}

async function lockSession(
  dialect: Dialect,
  transaction: Transaction<Database>,
  sessionId: string,
  userId: string,
): Promise<LockedSession | null> {
  const { rows } = await sql<{ credential_epoch: number; expires_at: string | Date; now_ms: number }>`
    SELECT credential_epoch, expires_at, ${databaseNowMs(dialect)} AS now_ms FROM sessions
    WHERE id = ${sessionId} AND user_id = ${userId}
    ${dialect === 'postgres' ? sql`FOR SHARE` : sql``}`.execute(transaction);
  const [session] = rows;
  return session
    ? {
        credentialEpoch: session.credential_epoch,
        expiresAtMs: new Date(session.expires_at).getTime(),
        nowMs: session.now_ms,
      }
    : null;
}

/** Epoch milliseconds by the database's own clock. */
const databaseNowMs = (dialect: Dialect) =>
  dialect === 'postgres'
    ? sql<number>`(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT`
    : sql<number>`CAST(unixepoch('subsec') * 1000 AS INTEGER)`;
