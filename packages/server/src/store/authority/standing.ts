/** Whether a token or a session that somebody came with still stands, inside the transaction that is to change something. */
import { sql, type Transaction } from 'kysely';
import type { Actor } from '../../core/access/actor.ts';
import { Refusal } from '../../core/refusal.ts';
import type { Store } from '../engines/open-store.ts';
import type { Database } from '../engines/schema.ts';
import type { LockedAccounts } from './with-authority.ts';

/** A secret's id: the first 16 bytes of its digest, in hexadecimal. */
const SECRET_ID_BYTES = 16;

export const secretIdOf = (digest: Uint8Array): string =>
  Buffer.from(digest.subarray(0, SECRET_ID_BYTES)).toString('hex');

/**
 * Locks the token's row. @throws Refusal `invalid_token` if the token was deleted, has expired, belongs to another by now, or if the
 * presented secret is no longer one of the token's
 */
export async function refuseEndedToken(
  { dialect }: Store,
  transaction: Transaction<Database>,
  { tokenId, secretId, onBehalfOf }: Actor,
): Promise<void> {
  if (tokenId === null || secretId === null)
    throw new Error('A token that acts names itself and its secret.');
  const { rows: found } = await sql<{ revoked_at_ms: number | null; expires_at_ms: number | null }>`
    SELECT revoked_at_ms, expires_at_ms FROM tokens WHERE id = ${tokenId} AND holder_id = ${onBehalfOf}
    ${dialect === 'postgres' ? sql`FOR SHARE` : sql``}`.execute(transaction);
  const [token] = found;
  if (!token || token.revoked_at_ms !== null)
    throw refused('The token has been deleted. Nothing was changed.');
  const { rows: secrets } = await sql<{ digest: Uint8Array; ends_at_ms: number | null; now_ms: number }>`
    SELECT digest, ends_at_ms, ${databaseNowMs(dialect)} AS now_ms FROM token_secrets
    WHERE token_id = ${tokenId}`.execute(transaction);
  const secret = secrets.find(({ digest }) => secretIdOf(digest) === secretId);
  if (!secret || (secret.ends_at_ms !== null && secret.ends_at_ms < secret.now_ms)) {
    throw refused('The token has a new secret, and this one has ended. Nothing was changed.');
  }
  if (token.expires_at_ms !== null && token.expires_at_ms < secret.now_ms) {
    throw refused('The token has expired. Nothing was changed.');
  }
}

/**
 * Locks the session's row. @throws Refusal `unauthenticated` if the session has ended, or was won with a password that was replaced since
 */
export async function refuseEndedSession(
  { dialect }: Store,
  transaction: Transaction<Database>,
  { sessionId, onBehalfOf }: Actor,
  accounts: LockedAccounts,
): Promise<void> {
  if (sessionId === null || onBehalfOf === null) throw new Error('A user who acts names the session.');
  const { rows } = await sql<{ credential_epoch: number; expires_at: string | Date; now_ms: number }>`
    SELECT credential_epoch, expires_at, ${databaseNowMs(dialect)} AS now_ms FROM sessions
    WHERE id = ${sessionId} AND user_id = ${onBehalfOf}
    ${dialect === 'postgres' ? sql`FOR SHARE` : sql``}`.execute(transaction);
  const [session] = rows;
  const stands =
    session !== undefined &&
    new Date(session.expires_at).getTime() > session.now_ms &&
    session.credential_epoch === accounts.get(onBehalfOf)?.credentialEpoch;
  if (!stands) {
    throw new Refusal(
      'unauthenticated',
      'Your session has ended. Nothing was changed. Sign in and try again.',
    );
  }
}

const refused = (sentence: string) => new Refusal('invalid_token', sentence);

/** Epoch milliseconds by the database's own clock. */
const databaseNowMs = (dialect: Store['dialect']) =>
  dialect === 'postgres'
    ? sql<number>`(extract(epoch FROM clock_timestamp()) * 1000)::BIGINT`
    : sql<number>`CAST(unixepoch('subsec') * 1000 AS INTEGER)`;
