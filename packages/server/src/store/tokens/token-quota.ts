/** How many tokens a holder may have: counted where tokens are made, in the same transaction, so that none slips past the limit. */
import { type Kysely, PostgresAdapter, sql, type Transaction } from 'kysely';
import type { Database } from '../engines/schema.ts';

export type TokenQuota = {
  /** Each token counts that is not deleted, expired ones too. */
  readonly tokensPerHolderMax: number;
};

/**
 * Whether the holder has as many tokens as they may. Locks the holder until the transaction ends, so that creations side by side are counted
 * one after the other. Reads at most as many entries of an index as the limit is.
 */
export async function hasReachedQuota(
  transaction: Transaction<Database>,
  holderId: string,
  { tokensPerHolderMax }: TokenQuota,
): Promise<boolean> {
  await lockHolder(transaction, holderId);
  const last = await transaction
    .selectFrom('tokens')
    .select('id')
    .where('holder_id', '=', holderId)
    .where('revoked_at_ms', 'is', null)
    .orderBy('name_key')
    .offset(tokensPerHolderMax - 1)
    .limit(1)
    .executeTakeFirst();
  return last !== undefined;
}

/** On SQLite a transaction that writes is alone from its first statement on. */
async function lockHolder(transaction: Transaction<Database>, holderId: string): Promise<void> {
  if (!isPostgres(transaction)) return;
  await sql`SELECT 1 FROM users WHERE id = ${holderId} FOR NO KEY UPDATE`.execute(transaction);
}

const isPostgres = (kysely: Kysely<Database>) => kysely.getExecutor().adapter instanceof PostgresAdapter;
