/**
 * Replies kept for a retry with the same idempotency key, of any call, in SQL. Written in the transaction of the call itself; opened by
 * nobody here. A reply is given on an authority that still stands, and erased with what the call made.
 */
import { type Actor, SYSTEM } from '../../core/access/actor.ts';
import type { KeptReply, ReplySubject } from '../../core/replies/kept-replies.ts';
import type { Store } from '../engines/open-store.ts';
import { type AuthorizedTransaction, withAuthority } from './with-authority.ts';

/** null: none, or it has ended. @throws Refusal as withAuthority does, where there is one */
export async function findReply(
  store: Store,
  keyDigest: Uint8Array,
  nowMs: number,
  actor: Actor,
): Promise<KeptReply | null> {
  // Most keys are new: only where there is something to give away is it worth a lock.
  const isKept = await store.kysely
    .selectFrom('idempotent_replies')
    .select('expires_at_ms')
    .where('key_digest', '=', keyDigest)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirst();
  if (!isKept) return null;
  return withAuthority(store, actor, {}, async (transaction) => {
    const row = await transaction
      .selectFrom('idempotent_replies')
      .selectAll()
      .where('key_digest', '=', keyDigest)
      .where('expires_at_ms', '>', nowMs)
      .executeTakeFirst();
    return row
      ? {
          keyDigest: row.key_digest,
          requestDigest: row.request_digest,
          subject: { kind: row.subject_kind, id: row.subject_id },
          sealedReply: row.sealed_reply,
          expiresAtMs: row.expires_at_ms,
        }
      : null;
  });
}

/** False, and nothing kept, if the key has a reply already: the same request came first on another way. */
export async function insertReply(
  transaction: AuthorizedTransaction,
  reply: KeptReply,
  nowMs: number,
): Promise<boolean> {
  await transaction.deleteFrom('idempotent_replies').where('expires_at_ms', '<=', nowMs).execute();
  const inserted = await transaction
    .insertInto('idempotent_replies')
    .values({
      key_digest: reply.keyDigest,
      request_digest: reply.requestDigest,
      subject_kind: reply.subject.kind,
      subject_id: reply.subject.id,
      sealed_reply: reply.sealedReply,
      expires_at_ms: reply.expiresAtMs,
    })
    .onConflict((conflict) => conflict.column('key_digest').doNothing())
    .executeTakeFirst();
  return inserted.numInsertedOrUpdatedRows !== 0n;
}

/** The keys stay, so that a late retry makes nothing a second time; what could be read with them is gone. */
export async function blankReplies(
  transaction: AuthorizedTransaction,
  kind: ReplySubject['kind'],
  ids: readonly string[],
): Promise<void> {
  if (ids.length === 0) return;
  await transaction
    .updateTable('idempotent_replies')
    .set({ sealed_reply: new Uint8Array() })
    .where('subject_kind', '=', kind)
    .where('subject_id', 'in', ids)
    .execute();
}

export const eraseReplies = (store: Store, beforeMs: number): Promise<void> =>
  withAuthority(store, SYSTEM, {}, async (transaction) => {
    await transaction.deleteFrom('idempotent_replies').where('expires_at_ms', '<=', beforeMs).execute();
  });
