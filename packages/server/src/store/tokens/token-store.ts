/** Tokens in SQL, the same over both engines. Each write and its audit row are one transaction. Judges nothing. */
import type { Kysely, Transaction } from 'kysely';
import type { Actor } from '../../core/access/actor.ts';
import type {
  NotCreated as NotCreatedBecause,
  SealedReply,
  SecretDigest,
  TokenStore,
} from '../../core/ports.ts';
import type { Token } from '../../core/tokens/token.ts';
import { type AuditEvent, appendAudit } from '../audit/audit-events.ts';
import type { Database } from '../engines/schema.ts';
import { listTokens } from './token-list.ts';
import { hasReachedQuota, type TokenQuota } from './token-quota.ts';
import { LAST_USE, tokenFrom } from './token-row.ts';

/** @param reading where lists are read: they may take long, see `Store` */
export function createTokenStore(
  kysely: Kysely<Database>,
  quota: TokenQuota = { tokensPerHolderMax: 1000 },
  reading: Kysely<Database> = kysely,
): TokenStore {
  const findReply = async (keyDigest: Uint8Array, nowMs: number): Promise<SealedReply | null> => {
    const row = await kysely
      .selectFrom('idempotent_replies')
      .selectAll()
      .where('key_digest', '=', keyDigest)
      .where('expires_at_ms', '>', nowMs)
      .executeTakeFirst();
    return row
      ? {
          keyDigest: row.key_digest,
          requestDigest: row.request_digest,
          tokenId: row.subject_id,
          sealedReply: row.sealed_reply,
          expiresAtMs: row.expires_at_ms,
        }
      : null;
  };
  return {
    create: (token, nameKey, secret, reply, actor) =>
      create(kysely, quota, token, nameKey, secret, reply, actor),
    list: (query, nowMs) => listTokens(reading, query, nowMs),
    find: (holderId, tokenId) => find(kysely, holderId, tokenId),
    revoke: (holderId, tokenId, atMs, actor) => revoke(kysely, holderId, tokenId, atMs, actor),
    findReply,
    eraseReplies: async (beforeMs) => {
      await kysely.deleteFrom('idempotent_replies').where('expires_at_ms', '<=', beforeMs).execute();
    },
  };
}

/** Undoes the transaction and says why it was not made. */
class NotCreated extends Error {
  readonly outcome: NotCreatedBecause;

  constructor(outcome: NotCreatedBecause) {
    super(outcome);
    this.outcome = outcome;
  }
}

async function create(
  kysely: Kysely<Database>,
  quota: TokenQuota,
  token: Token,
  nameKey: string,
  secret: SecretDigest,
  reply: SealedReply | null,
  actor: Actor,
): Promise<'created' | NotCreatedBecause> {
  try {
    await kysely.transaction().execute(async (transaction) => {
      if (await hasReachedQuota(transaction, token.holderId, quota)) throw new NotCreated('too_many');
      await insertToken(transaction, token, nameKey);
      await transaction
        .insertInto('token_secrets')
        .values({
          digest: secret.digest,
          key_version: secret.keyVersion,
          token_id: token.id,
          created_at_ms: token.createdAtMs,
          ends_at_ms: null,
        })
        .execute();
      if (reply) await insertReply(transaction, reply, token.createdAtMs);
      await appendAudit(
        transaction,
        actor,
        tokenEvent('token.create', token, {
          name: token.name,
          expires_at_ms: token.expiresAtMs,
        }),
      );
    });
    return 'created';
  } catch (error) {
    if (error instanceof NotCreated) return error.outcome;
    throw error;
  }
}

async function insertToken(transaction: Transaction<Database>, token: Token, nameKey: string) {
  const inserted = await transaction
    .insertInto('tokens')
    .values({
      id: token.id,
      organization_id: token.organizationId,
      holder_id: token.holderId,
      name: token.name,
      name_key: nameKey,
      masked: token.masked,
      scopes: token.scopes && JSON.stringify(token.scopes),
      created_at_ms: token.createdAtMs,
      expires_at_ms: token.expiresAtMs,
      revoked_at_ms: null,
      made_by_token_id: token.madeByTokenId,
      made_by_secret_id: token.madeBySecretId,
    })
    .onConflict((conflict) =>
      conflict.columns(['holder_id', 'name_key']).where('revoked_at_ms', 'is', null).doNothing(),
    )
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) throw new NotCreated('name_taken');
}

async function insertReply(transaction: Transaction<Database>, reply: SealedReply, nowMs: number) {
  await transaction.deleteFrom('idempotent_replies').where('expires_at_ms', '<=', nowMs).execute();
  const inserted = await transaction
    .insertInto('idempotent_replies')
    .values({
      key_digest: reply.keyDigest,
      request_digest: reply.requestDigest,
      subject_kind: 'token',
      subject_id: reply.tokenId,
      sealed_reply: reply.sealedReply,
      expires_at_ms: reply.expiresAtMs,
    })
    .onConflict((conflict) => conflict.column('key_digest').doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) throw new NotCreated('replied');
}

async function find(kysely: Kysely<Database>, holderId: string, tokenId: string): Promise<Token | null> {
  const row = await kysely
    .selectFrom('tokens')
    .selectAll()
    .select(LAST_USE)
    .where('id', '=', tokenId)
    .where('holder_id', '=', holderId)
    .executeTakeFirst();
  return row ? tokenFrom(row) : null;
}

function revoke(kysely: Kysely<Database>, holderId: string, tokenId: string, atMs: number, actor: Actor) {
  return kysely.transaction().execute(async (transaction) => {
    const row = await transaction
      .updateTable('tokens')
      .set({ revoked_at_ms: atMs })
      .where('id', '=', tokenId)
      .where('holder_id', '=', holderId)
      .where('revoked_at_ms', 'is', null)
      .returningAll()
      .returning(LAST_USE)
      .executeTakeFirst();
    if (!row) return find(transaction, holderId, tokenId);
    const token = tokenFrom(row);
    // The key stays, so that a late retry makes no second token; what it could read is gone.
    await transaction
      .updateTable('idempotent_replies')
      .set({ sealed_reply: new Uint8Array() })
      .where('subject_kind', '=', 'token')
      .where('subject_id', '=', tokenId)
      .execute();
    await appendAudit(transaction, actor, tokenEvent('token.revoke', token, { name: token.name }));
    return token;
  });
}

/** The trail's row about a token: whose it is stands in its details. */
export const tokenEvent = (action: string, token: Token, details: Record<string, unknown>): AuditEvent => ({
  action,
  subjectKind: 'token',
  subjectId: token.id,
  organizationId: token.organizationId,
  details: { holder_id: token.holderId, ...details },
});
