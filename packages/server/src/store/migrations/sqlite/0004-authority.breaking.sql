-- The log of changes of authority, and the nodes that hold leases on it. Triggers append, in the change's own transaction, so no path
-- can forget. One writer at a time: the order of seq is the order of commits. A program that does not wait after a revocation until
-- every lease is over must not run on this database.

-- Example: (42, 'token', 'tok_4Zq…', 1795460000000)
CREATE TABLE authority_changes (
  -- Never given twice, even after the newest row was pruned.
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER))
) STRICT;

-- Every process that takes leases. `freshness_ms` is how long a lease of it lasts at most, the same for as long as the id lives. A row
-- with stopped_at_ms gives no lease any more; those it gave may still last.
-- Example: ('node_8fQ…', 'server', 'portal-1', '0.2.0', 4711, 1000, 1795460000000, 1795460005000, 2, 42, NULL)
CREATE TABLE nodes (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  hostname TEXT NOT NULL,
  version TEXT NOT NULL,
  pid INTEGER NOT NULL,
  freshness_ms INTEGER NOT NULL,
  started_at_ms INTEGER NOT NULL,
  heartbeat_at_ms INTEGER NOT NULL,
  heartbeat_count INTEGER NOT NULL DEFAULT 0,
  applied_seq INTEGER NOT NULL DEFAULT 0,
  stopped_at_ms INTEGER
) STRICT;

-- Positions in the log of one history cannot be compared with those of another.
INSERT INTO settings (name, value) VALUES ('history', lower(hex(randomblob(12))));

-- A secret's id in the log is the first 16 bytes of its digest. A creation is logged too: it ends what was remembered as unknown.
CREATE TRIGGER token_secrets_authority_insert AFTER INSERT ON token_secrets BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('secret', lower(hex(substr(NEW.digest, 1, 16))));
END;

CREATE TRIGGER token_secrets_authority_update AFTER UPDATE OF digest, key_version, token_id, ends_at_ms ON token_secrets BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('secret', lower(hex(substr(NEW.digest, 1, 16))));
  INSERT INTO authority_changes (subject_kind, subject_id)
  SELECT 'secret', lower(hex(substr(OLD.digest, 1, 16))) WHERE OLD.digest IS NOT NEW.digest;
END;

CREATE TRIGGER token_secrets_authority_delete AFTER DELETE ON token_secrets BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('secret', lower(hex(substr(OLD.digest, 1, 16))));
END;

-- REPLACE takes rows away without their delete triggers. Hence the insert triggers of the tables below (the same key), and those
-- "in the way" (another unique column).
CREATE TRIGGER tokens_authority_insert AFTER INSERT ON tokens BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('token', NEW.id);
END;

CREATE TRIGGER tokens_authority_insert_in_the_way BEFORE INSERT ON tokens BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id)
  SELECT 'token', id FROM tokens
  WHERE holder_id = NEW.holder_id AND name_key = NEW.name_key AND revoked_at_ms IS NULL AND id <> NEW.id;
END;

CREATE TRIGGER tokens_authority_update_in_the_way BEFORE UPDATE OF id, holder_id, name_key, revoked_at_ms ON tokens BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id)
  SELECT 'token', id FROM tokens
  WHERE id <> OLD.id AND (id = NEW.id
    OR (holder_id = NEW.holder_id AND name_key = NEW.name_key AND revoked_at_ms IS NULL AND NEW.revoked_at_ms IS NULL));
END;

-- Everything that a verdict says of a token; not when it was last used.
CREATE TRIGGER tokens_authority_update
AFTER UPDATE OF id, revoked_at_ms, expires_at_ms, scopes, name, holder_id, organization_id, created_at_ms ON tokens BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('token', NEW.id);
  INSERT INTO authority_changes (subject_kind, subject_id) SELECT 'token', OLD.id WHERE OLD.id <> NEW.id;
END;

CREATE TRIGGER tokens_authority_delete AFTER DELETE ON tokens BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('token', OLD.id);
END;

CREATE TRIGGER users_authority_insert AFTER INSERT ON users BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('user', NEW.id);
END;

CREATE TRIGGER users_authority_insert_in_the_way BEFORE INSERT ON users BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id)
  SELECT 'user', id FROM users WHERE email = NEW.email AND id <> NEW.id;
END;

CREATE TRIGGER users_authority_update_in_the_way BEFORE UPDATE OF id, email ON users BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id)
  SELECT 'user', id FROM users WHERE id <> OLD.id AND (id = NEW.id OR email = NEW.email);
END;

CREATE TRIGGER users_authority_update AFTER UPDATE OF id, role, deactivated_at_ms, organization_id, name, email ON users
WHEN (NEW.id, NEW.role, NEW.deactivated_at_ms, NEW.organization_id, NEW.name, NEW.email)
  IS NOT (OLD.id, OLD.role, OLD.deactivated_at_ms, OLD.organization_id, OLD.name, OLD.email)
BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('user', NEW.id);
  INSERT INTO authority_changes (subject_kind, subject_id) SELECT 'user', OLD.id WHERE OLD.id <> NEW.id;
END;

CREATE TRIGGER users_authority_delete AFTER DELETE ON users BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('user', OLD.id);
END;

CREATE TRIGGER organizations_authority_insert AFTER INSERT ON organizations BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('organization', NEW.id);
END;

CREATE TRIGGER organizations_authority_update AFTER UPDATE ON organizations BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('organization', NEW.id);
  INSERT INTO authority_changes (subject_kind, subject_id) SELECT 'organization', OLD.id WHERE OLD.id <> NEW.id;
END;

CREATE TRIGGER organizations_authority_delete AFTER DELETE ON organizations BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('organization', OLD.id);
END;

CREATE TRIGGER clients_authority_insert AFTER INSERT ON clients BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('client', NEW.id);
END;

CREATE TRIGGER clients_authority_update AFTER UPDATE ON clients BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('client', NEW.id);
  INSERT INTO authority_changes (subject_kind, subject_id) SELECT 'client', OLD.id WHERE OLD.id <> NEW.id;
END;

CREATE TRIGGER clients_authority_delete AFTER DELETE ON clients BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('client', OLD.id);
END;

CREATE TRIGGER digest_keys_authority_insert AFTER INSERT ON digest_keys BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('key', NEW.version);
END;

CREATE TRIGGER digest_keys_authority_update AFTER UPDATE ON digest_keys BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('key', NEW.version);
  INSERT INTO authority_changes (subject_kind, subject_id) SELECT 'key', OLD.version WHERE OLD.version <> NEW.version;
END;

CREATE TRIGGER digest_keys_authority_delete AFTER DELETE ON digest_keys BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('key', OLD.version);
END;

CREATE TRIGGER settings_authority_insert AFTER INSERT ON settings WHEN NEW.name GLOB 'policy*' BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('policy', NEW.name);
END;

CREATE TRIGGER settings_authority_update AFTER UPDATE ON settings
WHEN NEW.name GLOB 'policy*' OR OLD.name GLOB 'policy*'
BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('policy', NEW.name);
  INSERT INTO authority_changes (subject_kind, subject_id) SELECT 'policy', OLD.name WHERE OLD.name <> NEW.name;
END;

CREATE TRIGGER settings_authority_delete AFTER DELETE ON settings WHEN OLD.name GLOB 'policy*' BEGIN
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES ('policy', OLD.name);
END;
