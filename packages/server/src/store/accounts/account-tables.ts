/**
 * The account tables as Kysely sees them. Instants ending in `_at` are better-auth's: RFC 3339 text in
 * SQLite, dates in PostgreSQL.
 */
import type { ColumnType, Generated, Kysely, Transaction } from 'kysely';
import type { Role } from '../../core/access/role.ts';
import type { ActorColumns } from '../audit/actor-columns.ts';
import type { Store } from '../engines/open-store.ts';
import type { Database } from '../engines/schema.ts';

type Instant = ColumnType<string | Date, Date, Date>;
type Flag = ColumnType<number | boolean, boolean, boolean>;

type Users = {
  id: string;
  name: string;
  email: string;
  email_verified: Flag;
  image: Generated<string | null>;
  phone_number: Generated<string | null>;
  role: Generated<Role>;
  organization_id: Generated<string>;
  deactivated_at_ms: Generated<number | null>;
  credential_epoch: Generated<number>;
  created_at: Instant;
  updated_at: Instant;
};

type Sessions = {
  id: string;
  user_id: string;
  token: string;
  expires_at: Instant;
  ip_address: string | null;
  user_agent: string | null;
  credential_epoch: number;
  proven_at: ColumnType<string | Date | null, Date | null, Date | null>;
  created_at: Instant;
  updated_at: Instant;
};

type Accounts = {
  id: string;
  user_id: string;
  provider_id: string;
  account_id: string;
  password: string | null;
  created_at: Instant;
  updated_at: Instant;
};

type Passkeys = { id: string; user_id: string; name: string | null; credential_id: string };

type Invitations = {
  id: string;
  digest: string;
  email: string | null;
  role: Role;
  created_at_ms: number;
  expires_at_ms: number;
  used_at_ms: Generated<number | null>;
  used_by: Generated<string | null>;
};

type Verifications = {
  id: string;
  identifier: string;
  value: string;
  expires_at: Instant;
  created_at: Instant;
  updated_at: Instant;
};

type RateLimits = { key: string; count: number; window_started_at_ms: number };

type ChangeActors = ActorColumns & { id: number };

export type AccountDatabase = Omit<Database, 'users'> & {
  users: Users;
  sessions: Sessions;
  accounts: Accounts;
  passkeys: Passkeys;
  invitations: Invitations;
  verifications: Verifications;
  rate_limits: RateLimits;
  change_actor: ChangeActors;
};

export type AccountQueries = Kysely<AccountDatabase>;
export type AccountTransaction = Transaction<AccountDatabase>;

/** The store's own connection, seen with the account tables. */
export const accountQueries = (store: Store): AccountQueries =>
  store.kysely as unknown as Kysely<AccountDatabase>;
