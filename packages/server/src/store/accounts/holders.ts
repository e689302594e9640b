/** The holder of a token, with their organization: what the API says of who calls. */
import type { SessionUser } from '../../core/access/session-user.ts';
import type { Store } from '../engines/open-store.ts';
import { accountQueries } from './account-tables.ts';
import { USER_COLUMNS, userOf } from './user-records.ts';

/** null if there is no such user. */
export async function findHolder(store: Store, id: string): Promise<SessionUser | null> {
  const row = await accountQueries(store)
    .selectFrom('users')
    .innerJoin('organizations', 'organizations.id', 'users.organization_id')
    .where('users.id', '=', id)
    .select(USER_COLUMNS)
    .select('organizations.name as organization_name')
    .executeTakeFirst();
  if (!row) return null;
  const { organizationId, deactivatedAtMs, credentialEpoch, ...user } = userOf(row);
  return { ...user, organization: { id: organizationId, name: row.organization_name } };
}
