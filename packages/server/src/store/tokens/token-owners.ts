/** Whose tokens some ids are, and whether they are anybody's: a service that reports uses and refusals is not believed about it. */
import type { SecretDigest } from '../../core/ports.ts';
import type { TokenOwner } from '../../core/usage/usage-recorder.ts';
import { secretIdOf } from '../authority/authority-entries.ts';
import type { Store } from '../engines/open-store.ts';

export type FindTokenOwners = (tokenIds: readonly string[]) => Promise<readonly TokenOwner[]>;

/** Ids of no token are left out. */
export function createTokenOwners({ kysely }: Store): FindTokenOwners {
  return async (tokenIds) => {
    if (tokenIds.length === 0) return [];
    const rows = await kysely
      .selectFrom('tokens')
      .select(['id', 'organization_id', 'holder_id'])
      .where('id', 'in', tokenIds)
      .execute();
    return rows.map((row) => ({
      tokenId: row.id,
      organizationId: row.organization_id,
      holderId: row.holder_id,
    }));
  };
}

/** Which of the digests is one of the token's secrets, as the secret's id; null: none. */
export async function findSecretId(
  { kysely }: Store,
  tokenId: string,
  digests: readonly SecretDigest[],
): Promise<string | null> {
  const row = await kysely
    .selectFrom('token_secrets')
    .select('digest')
    .where('token_id', '=', tokenId)
    .where(
      'digest',
      'in',
      digests.map(({ digest }) => digest),
    )
    .executeTakeFirst();
  return row ? secretIdOf(row.digest) : null;
}
