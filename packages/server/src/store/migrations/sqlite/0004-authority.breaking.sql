-- The log of changes of authority, and the nodes that follow it. Triggers append, so that no path can forget: routes,
-- commands, the account library, SQL by hand. BREAKING: a program that does not know of this log would answer a
-- revocation before it holds everywhere, so older ones must not run beside it.

-- The order of `seq` is the order of commits: there is one writer at a time.
-- Example: (42, 'token', 'tok_4Zq…', 1795460000000)
CREATE TABLE authority_changes (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))
) STRICT;

-- One row, so that a log of which old changes were cleared away still knows where it began and ends.
CREATE TABLE authority_log (
  one INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
  -- All changes after this one are kept.
  kept_after_seq INTEGER NOT NULL DEFAULT 0,
  -- Another one at each start of a server: a restored file is put in place while none runs, and what was learnt before
  -- counts no more.
  history TEXT NOT NULL
) STRICT;
INSERT INTO authority_log (history) VALUES (lower(hex(randomblob(16))));

-- One row for each process that verifies. It registers before its first sync, so that the largest freshness_ms here,
-- read after a commit, is at least the length of every lease that began before that commit.
CREATE TABLE nodes (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  pid INTEGER NOT NULL,
  freshness_ms REAL NOT NULL,
  started_at_ms INTEGER NOT NULL,
  heartbeat_at_ms INTEGER NOT NULL,
  heartbeat_count INTEGER NOT NULL DEFAULT 0,
  applied_seq INTEGER NOT NULL DEFAULT 0,
  stopped_at_ms INTEGER
) STRICT;

CREATE TRIGGER token_secrets_authority_create AFTER INSERT ON token_secrets BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('secret', lower(hex(substr(NEW.digest, 1, 16))));
END;
CREATE TRIGGER token_secrets_authority_edit AFTER UPDATE ON token_secrets BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('secret', lower(hex(substr(OLD.digest, 1, 16))));
  INSERT INTO authority_changes (subject_kind, subject_id)
  SELECT 'secret', lower(hex(substr(NEW.digest, 1, 16))) WHERE NEW.digest <> OLD.digest;
END;
CREATE TRIGGER token_secrets_authority_delete AFTER DELETE ON token_secrets BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('secret', lower(hex(substr(OLD.digest, 1, 16))));
END;

CREATE TRIGGER tokens_authority_edit AFTER UPDATE OF
  id, organization_id, holder_id, name, scopes, created_at_ms, expires_at_ms, revoked_at_ms ON tokens
BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('token', OLD.id);
END;
CREATE TRIGGER tokens_authority_delete AFTER DELETE ON tokens BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('token', OLD.id);
END;

CREATE TRIGGER users_authority_edit AFTER UPDATE OF
  id, name, email, role, organization_id, deactivated_at_ms ON users
BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('user', OLD.id);
END;
CREATE TRIGGER users_authority_delete AFTER DELETE ON users BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('user', OLD.id);
END;

CREATE TRIGGER organizations_authority_edit AFTER UPDATE ON organizations BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('organization', OLD.id);
END;
CREATE TRIGGER organizations_authority_delete AFTER DELETE ON organizations BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('organization', OLD.id);
END;

CREATE TRIGGER clients_authority_create AFTER INSERT ON clients BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('client', NEW.id);
END;
CREATE TRIGGER clients_authority_edit AFTER UPDATE ON clients BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('client', OLD.id);
END;
CREATE TRIGGER clients_authority_delete AFTER DELETE ON clients BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('client', OLD.id);
END;

CREATE TRIGGER digest_keys_authority_edit AFTER UPDATE ON digest_keys BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('key', CAST(OLD.version AS TEXT));
END;
CREATE TRIGGER digest_keys_authority_delete AFTER DELETE ON digest_keys BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('key', CAST(OLD.version AS TEXT));
END;
