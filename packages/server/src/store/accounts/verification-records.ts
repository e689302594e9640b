/** This project's own look at what better-auth keeps for a while: challenges of passkeys, open links. */
import type { Store } from '../engines/open-store.ts';
import { accountQueries } from './account-tables.ts';

/** Which of these identifiers, as they are stored, name something that has not expired. */
export async function findLiveVerifications(
  store: Store,
  identifiers: readonly string[],
  nowMs: number,
): Promise<ReadonlySet<string>> {
  const rows = await accountQueries(store)
    .selectFrom('verifications')
    .select('identifier')
    .where('identifier', 'in', identifiers)
    .where('expires_at', '>', new Date(nowMs))
    .execute();
  return new Set(rows.map(({ identifier }) => identifier));
}
