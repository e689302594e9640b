/**
 * Takes tokens away for good: one of a holder's, with those that it made or without, or many whoever holds them. All in one transaction,
 * with an audit row for each that it revokes.
 */
import { type Kysely, sql } from 'kysely';
import type { Actor } from '../../core/access/actor.ts';
import type { RevokedTokens, WhichTokens } from '../../core/ports.ts';
import type { Token } from '../../core/tokens/token.ts';
import { type AuditEvent, appendAudits } from '../audit/audit-events.ts';
import { blankReplies } from '../authority/kept-replies.ts';
import { type AuthorizedTransaction, withAuthority } from '../authority/with-authority.ts';
import type { Store } from '../engines/open-store.ts';
import type { Database } from '../engines/schema.ts';
import { LAST_USE, tokenFrom } from './token-row.ts';

/** So many ids in one statement: engines bound how many values one takes. */
const IDS_AT_ONCE = 500;

/** Tokens that are missing, or another holder's than the one named, hinder nothing. */
export async function revokeTokens(
  store: Store,
  which: WhichTokens,
  atMs: number,
  actor: Actor,
): Promise<RevokedTokens> {
  // Their holders are locked first, as whoever makes something on such a token does.
  const accounts = await holdersOf(store.kysely, which);
  return withAuthority(store, actor, { accounts }, async (transaction) => {
    const ids = await idsOf(transaction, which);
    const revoked = await inParts(ids, (part) => revoke(transaction, part, atMs));
    await inParts(
      revoked.map(({ id }) => id),
      async (part) => {
        await blankReplies(transaction, 'token', part);
        return [];
      },
    );
    await appendAudits(
      transaction,
      revoked.map((token) => [actor, tokenEvent('token.revoke', token, { name: token.name })]),
    );
    const done = new Set(revoked.map(({ id }) => id));
    const earlier = await inParts(
      ids.filter((id) => !done.has(id)),
      (part) => namedAmong(transaction, part),
    );
    const known = new Set([...done, ...earlier.map(({ id }) => id)]);
    const missing = 'ids' in which ? which.ids.filter((id) => !known.has(id)) : [];
    return { revoked, earlier, missing };
  });
}

async function inParts<T>(ids: readonly string[], work: (part: string[]) => Promise<T[]>): Promise<T[]> {
  const results: T[] = [];
  for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
    results.push(...(await work(ids.slice(at, at + IDS_AT_ONCE))));
  }
  return results;
}

async function holdersOf(kysely: Kysely<Database>, which: WhichTokens): Promise<string[]> {
  if (!('ids' in which)) return [which.holderId];
  if (which.holderId !== undefined) return [which.holderId];
  const rows = await inParts(which.ids, (part) =>
    kysely.selectFrom('tokens').select('holder_id').distinct().where('id', 'in', part).execute(),
  );
  return rows.map(({ holder_id }) => holder_id);
}

/** Read again under the lock: what was made meanwhile is among them. */
async function idsOf(transaction: AuthorizedTransaction, which: WhichTokens): Promise<string[]> {
  if (!('ids' in which)) {
    const rows = await transaction
      .selectFrom('tokens')
      .select('id')
      .where('holder_id', '=', which.holderId)
      .where('revoked_at_ms', 'is', null)
      .execute();
    return rows.map(({ id }) => id);
  }
  const { ids: named, holderId, withMade = false } = which;
  const ids = await inParts(named, (part) => ownAmong(transaction, part, holderId));
  const all = new Set(ids);
  if (withMade) for (const id of ids) for (const made of await madeBy(transaction, id)) all.add(made);
  return [...all];
}

async function ownAmong(
  transaction: AuthorizedTransaction,
  ids: readonly string[],
  holderId: string | undefined,
): Promise<string[]> {
  const query = transaction.selectFrom('tokens').select('id').where('id', 'in', ids);
  const rows = await (holderId === undefined ? query : query.where('holder_id', '=', holderId)).execute();
  return rows.map(({ id }) => id);
}

/** What a token made, what that made, and so on; through tokens that were deleted since too. */
async function madeBy(kysely: Kysely<Database>, tokenId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    WITH RECURSIVE made (id) AS (
      SELECT id FROM tokens WHERE made_by_token_id = ${tokenId}
      UNION SELECT tokens.id FROM tokens JOIN made ON tokens.made_by_token_id = made.id
    )
    SELECT tokens.id FROM tokens JOIN made ON made.id = tokens.id WHERE tokens.revoked_at_ms IS NULL`.execute(
    kysely,
  );
  return rows.map(({ id }) => id);
}

/** How many tokens that were not deleted a token made, and those made, and so on. 0 for another holder's. */
export async function countMade(
  kysely: Kysely<Database>,
  holderId: string,
  tokenId: string,
): Promise<number> {
  const own = await kysely
    .selectFrom('tokens')
    .select('id')
    .where('id', '=', tokenId)
    .where('holder_id', '=', holderId)
    .executeTakeFirst();
  return own ? (await madeBy(kysely, tokenId)).length : 0;
}

async function revoke(transaction: AuthorizedTransaction, ids: string[], atMs: number): Promise<Token[]> {
  const rows = await transaction
    .updateTable('tokens')
    .set({ revoked_at_ms: atMs })
    .where('id', 'in', ids)
    .where('revoked_at_ms', 'is', null)
    .returningAll()
    .returning(LAST_USE)
    .execute();
  return rows.map(tokenFrom);
}

async function namedAmong(transaction: AuthorizedTransaction, ids: string[]): Promise<Token[]> {
  const rows = await transaction
    .selectFrom('tokens')
    .selectAll()
    .select(LAST_USE)
    .where('id', 'in', ids)
    .execute();
  return rows.map(tokenFrom);
}

/** The trail's row about a token: whose it is stands in its details. */
export const tokenEvent = (action: string, token: Token, details: Record<string, unknown>): AuditEvent => ({
  action,
  subjectKind: 'token',
  subjectId: token.id,
  organizationId: token.organizationId,
  details: { holder_id: token.holderId, ...details },
});
