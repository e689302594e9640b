/** How many tokens a holder may have: counted where tokens are made, in the same transaction, so that none slips past the limit. */
import type { AuthorizedTransaction } from '../authority/with-authority.ts';

export type TokenQuota = {
  /** Each token counts that is not deleted, expired ones too. */
  readonly tokensPerHolderMax: number;
};

/**
 * Whether the holder has as many tokens as they may. The transaction has locked the holder, so creations side by side are counted one
 * after the other. Reads at most as many entries of an index as the limit is.
 */
export async function hasReachedQuota(
  transaction: AuthorizedTransaction,
  holderId: string,
  { tokensPerHolderMax }: TokenQuota,
): Promise<boolean> {
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
