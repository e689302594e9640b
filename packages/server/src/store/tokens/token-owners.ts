/** Whose tokens some ids are, and whether they are anybody's: a service that reports uses and refusals is not believed about it. */
import type { TokenOwner } from '../../core/usage/usage-recorder.ts';
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
