/** The holder of a token, with their organization: what the API says of who calls. */
import type { Kysely } from 'kysely';
import type { Role } from '../core/role.ts';
import type { SessionUser } from '../core/session-user.ts';
import type { Database } from './schema.ts';

/** null if there is no such user. */
export async function findHolder(kysely: Kysely<Database>, id: string): Promise<SessionUser | null> {
  const row = await kysely
    .selectFrom('users')
    .innerJoin('organizations', 'organizations.id', 'users.organization_id')
    .where('users.id', '=', id)
    .select([
      'users.id',
      'users.name',
      'users.email',
      'users.email_verified',
      'users.phone_number',
      'users.role',
    ])
    .select(['organizations.id as organization_id', 'organizations.name as organization_name'])
    .executeTakeFirst();
  return row
    ? {
        id: row.id,
        name: row.name,
        email: row.email,
        emailVerified: Boolean(row.email_verified),
        phoneNumber: row.phone_number,
        role: row.role as Role,
        organization: { id: row.organization_id, name: row.organization_name },
      }
    : null;
}
