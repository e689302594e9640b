/** Tokens in SQL, the same over both engines. Each write and its audit row are one transaction. Judges nothing. */
import type { Kysely } from 'kysely';
import type { Actor } from '../../core/access/actor.ts';
import type { NotCreated as NotCreatedBecause, SecretDigest, TokenStore } from '../../core/ports.ts';
import type { KeptReply } from '../../core/replies/kept-replies.ts';
import type { Token } from '../../core/tokens/token.ts';
import { appendAudit } from '../audit/audit-events.ts';
import { eraseReplies, findReply, insertReply } from '../authority/kept-replies.ts';
import { type AuthorizedTransaction, withAuthority } from '../authority/with-authority.ts';
import type { Store } from '../engines/open-store.ts';
import type { Database } from '../engines/schema.ts';
import { listTokens } from './token-list.ts';
import { hasReachedQuota, type TokenQuota } from './token-quota.ts';
import { countMade, revokeTokens, tokenEvent } from './token-revocation.ts';
import { LAST_USE, tokenFrom } from './token-row.ts';

export function createTokenStore(store: Store, quota: TokenQuota = { tokensPerHolderMax: 1000 }): TokenStore {
  const { kysely } = store;
  return {
    create: (token, nameKey, secret, reply, actor) =>
      create(store, quota, token, nameKey, secret, reply, actor),
    list: (query, nowMs) => listTokens(store.reading, query, nowMs),
    find: (holderId, tokenId) => find(kysely, holderId, tokenId),
    countMade: (holderId, tokenId) => countMade(store.reading, holderId, tokenId),
    revoke: (which, atMs, actor) => revokeTokens(store, which, atMs, actor),
    findReply: (keyDigest, nowMs, actor) => findReply(store, keyDigest, nowMs, actor),
    eraseReplies: (beforeMs) => eraseReplies(store, beforeMs),
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
  store: Store,
  quota: TokenQuota,
  token: Token,
  nameKey: string,
  secret: SecretDigest,
  reply: KeptReply | null,
  actor: Actor,
): Promise<'created' | NotCreatedBecause> {
  try {
    const { holderId } = token;
    await withAuthority(store, actor, { accounts: [holderId] }, async (transaction, accounts) => {
      if (!accounts.get(holderId)?.isActive) throw new NotCreated('holder_deactivated');
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
      if (reply && !(await insertReply(transaction, reply, token.createdAtMs)))
        throw new NotCreated('replied');
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

async function insertToken(transaction: AuthorizedTransaction, token: Token, nameKey: string) {
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
