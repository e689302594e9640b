/** Which deployment a database belongs to: made with the database, the same on every node and after every start. */
import type { Store } from '../engines/open-store.ts';
import { accountQueries } from './account-tables.ts';

/** Eight hexadecimal digits. */
export async function readDeploymentId(store: Store): Promise<string> {
  const query = accountQueries(store).selectFrom('settings').select('value').where('name', '=', 'deployment');
  return (await query.executeTakeFirstOrThrow()).value;
}
