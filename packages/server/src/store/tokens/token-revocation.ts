/**
 * Revokes many tokens at once, whoever holds them: what an operator does when secrets have leaked. A holder's own deletion of one token is
 * in token-store.ts.
 */
import type { Kysely, Transaction } from 'kysely';
import type { Actor } from '../../core/access/actor.ts';
import type { Token } from '../../core/tokens/token.ts';
import { appendAudits } from '../audit/audit-events.ts';
import type { Database } from '../engines/schema.ts';
import { LAST_USE, tokenFrom } from './token-row.ts';
import { tokenEvent } from './token-store.ts';

/** These tokens, or all that a holder has. */
export type WhichTokens = { readonly ids: readonly string[] } | { readonly holderId: string };

export type ManyRevoked = {
  readonly revoked: readonly Token[];
  /** Named, and revoked before this call. */
  readonly earlier: readonly Token[];
  /** Named, and nobody's. */
  readonly missing: readonly string[];
};

/** All in one transaction, with an audit row for each that it revokes; those that are missing hinder nothing. */
export function revokeMany(
  kysely: Kysely<Database>,
  which: WhichTokens,
  atMs: number,
  actor: Actor,
): Promise<ManyRevoked> {
  return kysely.transaction().execute(async (transaction) => {
    const live = transaction
      .updateTable('tokens')
      .set({ revoked_at_ms: atMs })
      .where('revoked_at_ms', 'is', null);
    const rows = await ('ids' in which
      ? live.where('id', 'in', which.ids.length > 0 ? which.ids : [''])
      : live.where('holder_id', '=', which.holderId)
    )
      .returningAll()
      .returning(LAST_USE)
      .execute();
    const revoked = rows.map(tokenFrom);
    await eraseRepliesOf(transaction, revoked);
    await appendAudits(
      transaction,
      revoked.map((token) => [actor, tokenEvent('token.revoke', token, { name: token.name })]),
    );
    const done = new Set(revoked.map(({ id }) => id));
    const rest = 'ids' in which ? which.ids.filter((id) => !done.has(id)) : [];
    const earlier = await named(transaction, rest);
    const known = new Set(earlier.map(({ id }) => id));
    return { revoked, earlier, missing: rest.filter((id) => !known.has(id)) };
  });
}

/** The keys stay, so that a late retry makes no second token; what could be read with them is gone. */
async function eraseRepliesOf(transaction: Transaction<Database>, tokens: readonly Token[]): Promise<void> {
  if (tokens.length === 0) return;
  const ids = tokens.map(({ id }) => id);
  await transaction
    .updateTable('idempotent_replies')
    .set({ sealed_reply: new Uint8Array() })
    .where('subject_kind', '=', 'token')
    .where('subject_id', 'in', ids)
    .execute();
}

async function named(transaction: Transaction<Database>, ids: readonly string[]): Promise<Token[]> {
  if (ids.length === 0) return [];
  const rows = await transaction
    .selectFrom('tokens')
    .selectAll()
    .select(LAST_USE)
    .where('id', 'in', ids)
    .execute();
  return rows.map(tokenFrom);
}
