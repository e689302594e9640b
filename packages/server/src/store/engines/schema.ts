/** The tables as Kysely sees them, the same over both engines. Instants are epoch milliseconds; the account tables are better-auth's. */
import type { Generated } from 'kysely';

export type SettingsTable = { name: string; value: string };

export type DigestKeysTable = { version: number; fingerprint: string; created_at_ms: number };

export type OrganizationsTable = { id: string; name: string; created_at_ms: number };

export type AuditEventsTable = {
  id: Generated<number>;
  at_ms: Generated<number>;
  actor_kind: string;
  actor_id: string | null;
  on_behalf_of: string | null;
  way: string;
  /** The path or the command. */
  via: string | null;
  address: string | null;
  agent: string | null;
  request_id: string | null;
  session_id: string | null;
  token_id: string | null;
  secret_id: string | null;
  workload: string | null;
  action: string;
  subject_kind: string;
  subject_id: string;
  organization_id: string | null;
  before_json: string | null;
  after_json: string | null;
  details: Generated<string>;
  /** Its number in the chain of seals, null: not sealed. */
  seal: Generated<number | null>;
};

export type TokensTable = {
  id: string;
  organization_id: string;
  holder_id: string;
  name: string;
  /** The name as it is compared: normalised, without case. */
  name_key: string;
  masked: string;
  /** JSON array of scopes, null: the same access as the holder. */
  scopes: string | null;
  created_at_ms: number;
  expires_at_ms: number | null;
  revoked_at_ms: number | null;
  /** null: a person signed in to the portal, or an operator. */
  made_by_token_id: string | null;
  made_by_secret_id: string | null;
};

/** No row: never used. */
export type TokenUsesTable = {
  token_id: string;
  used_at_ms: number;
  address: string | null;
  client: string | null;
};

/** No row: no service reported a use. */
export type ReportedUsesTable = {
  token_id: string;
  used_at_ms: number;
  address: string | null;
  agent: string | null;
  /** A service credential. */
  reported_by: string;
};

export type UseReportersTable = {
  client_id: string;
  instance_id: string;
  last_batch: number;
  reported_at_ms: number;
};

export type TokenSecretsTable = {
  digest: Uint8Array;
  key_version: number;
  token_id: string;
  created_at_ms: number;
  /** When this secret ends though its token lives on, null: with its token. */
  ends_at_ms: number | null;
};

export type ClientsTable = {
  id: string;
  organization_id: string;
  name: string;
  secret_digest: Uint8Array;
  created_at_ms: number;
  revoked_at_ms: number | null;
};

export type IdempotentRepliesTable = {
  key_digest: Uint8Array;
  request_digest: Uint8Array;
  subject_kind: string;
  subject_id: string;
  sealed_reply: Uint8Array;
  expires_at_ms: number;
};

export type AuthorityChangesTable = {
  seq: Generated<number>;
  subject_kind: string;
  subject_id: string;
  at_ms: Generated<number>;
};

export type NodesTable = {
  id: string;
  kind: string;
  hostname: string;
  version: string;
  pid: number;
  freshness_ms: number;
  started_at_ms: number;
  heartbeat_at_ms: number;
  heartbeat_count: Generated<number>;
  applied_seq: Generated<number>;
  stopped_at_ms: number | null;
};

/** The columns of better-auth's users that this project reads for itself. */
export type UsersTable = {
  id: string;
  name: string;
  email: string;
  email_verified: number | boolean;
  phone_number: string | null;
  role: string;
  organization_id: string;
  deactivated_at_ms: number | null;
};

export type Database = {
  settings: SettingsTable;
  digest_keys: DigestKeysTable;
  organizations: OrganizationsTable;
  audit_events: AuditEventsTable;
  tokens: TokensTable;
  token_secrets: TokenSecretsTable;
  token_uses: TokenUsesTable;
  reported_uses: ReportedUsesTable;
  use_reporters: UseReportersTable;
  clients: ClientsTable;
  idempotent_replies: IdempotentRepliesTable;
  authority_changes: AuthorityChangesTable;
  nodes: NodesTable;
  users: UsersTable;
};
