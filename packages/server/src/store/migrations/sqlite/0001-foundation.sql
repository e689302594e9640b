-- What every other table leans on: settings, the keys' fingerprints, organizations and the audit trail.

-- Facts about this deployment that are decided once and kept.
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

-- Which digest keys this database was written under; version 0 is the root key. The keys themselves are never in it:
-- a node whose key has another fingerprint refuses to start.
CREATE TABLE digest_keys (
  version INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE organizations (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;

INSERT INTO organizations (id, name, created_at_ms)
VALUES ('default', 'Default organization', CAST(unixepoch('subsec') * 1000 AS INTEGER));

-- One row for every change, written in the change's own transaction. Holds no secret, password or session token.
-- Example: (7, 1795460000000, 'user', 'u1', 'token.create', 'token', 'tok_…', 'default', '127.0.0.1', 'curl/8', 'r1', '{"name":"ci"}')
CREATE TABLE audit_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)),
  actor_kind TEXT NOT NULL CHECK (actor_kind IN ('user', 'token', 'operator', 'system')),
  actor_id TEXT,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  organization_id TEXT,
  address TEXT,
  client TEXT,
  request_id TEXT,
  details TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE INDEX audit_events_subject ON audit_events (subject_kind, subject_id, id);
