-- Accounts: users, how they sign in, their sessions, invitations. Columns ending in _at hold better-auth's
-- own instants (RFC 3339 text), columns ending in _at_ms ours. Every change of these tables is written to
-- audit_events by a trigger, in the change's own transaction; no trigger copies a password, session token,
-- key or code.

-- Example: ('6f0c…', 'Ayu Lestari', 'ayu@example.com', 1, NULL, '+628123456789', 'member', 'default', NULL,
-- 0, '2026-…', '2026-…')
CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE CHECK (email = lower(email)),
  email_verified INTEGER NOT NULL DEFAULT 0,
  image TEXT,
  phone_number TEXT,
  role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('administrator', 'member', 'viewer')),
  organization_id TEXT NOT NULL DEFAULT 'default' REFERENCES organizations (id),
  deactivated_at_ms INTEGER,
  -- Counts password changes. A session begun under an earlier count is no session.
  credential_epoch INTEGER NOT NULL DEFAULT 0,
  created_at DATE NOT NULL,
  updated_at DATE NOT NULL
);
CREATE INDEX users_organization_id_idx ON users (organization_id);

-- The token is worth nothing without its signature, which is made under a key that is not in the database.
CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  token TEXT NOT NULL UNIQUE,
  expires_at DATE NOT NULL,
  ip_address TEXT,
  user_agent TEXT,
  credential_epoch INTEGER NOT NULL,
  created_at DATE NOT NULL,
  updated_at DATE NOT NULL
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);

-- Ways to sign in. `password` is an argon2id string in PHC format.
CREATE TABLE accounts (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  provider_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  password TEXT,
  access_token TEXT,
  refresh_token TEXT,
  id_token TEXT,
  access_token_expires_at DATE,
  refresh_token_expires_at DATE,
  scope TEXT,
  created_at DATE NOT NULL,
  updated_at DATE NOT NULL,
  UNIQUE (provider_id, account_id)
);
CREATE INDEX accounts_user_id_idx ON accounts (user_id);

-- Links in mails and passkey challenges. `identifier` is a SHA-256 of what the holder presents.
CREATE TABLE verifications (
  id TEXT NOT NULL PRIMARY KEY,
  identifier TEXT NOT NULL,
  value TEXT NOT NULL,
  expires_at DATE NOT NULL,
  created_at DATE NOT NULL,
  updated_at DATE NOT NULL
);
CREATE INDEX verifications_identifier_idx ON verifications (identifier);

CREATE TABLE passkeys (
  id TEXT NOT NULL PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT,
  public_key TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  counter INTEGER NOT NULL,
  device_type TEXT NOT NULL,
  backed_up INTEGER NOT NULL,
  transports TEXT,
  aaguid TEXT,
  created_at DATE
);
CREATE INDEX passkeys_user_id_idx ON passkeys (user_id);
CREATE INDEX passkeys_credential_id_idx ON passkeys (credential_id);

-- One-time codes that let somebody sign up. `digest` is the SHA-256 of the code, in hexadecimal.
CREATE TABLE invitations (
  id TEXT NOT NULL PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  email TEXT,
  role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('administrator', 'member', 'viewer')),
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  used_at_ms INTEGER,
  used_by TEXT
);

-- Fixed windows of attempts: per address and path, per account, per set-up code. `key` names no account in
-- clear.
CREATE TABLE rate_limits (
  key TEXT NOT NULL PRIMARY KEY,
  count INTEGER NOT NULL,
  window_started_at_ms INTEGER NOT NULL
);
CREATE INDEX rate_limits_window_started_at_ms_idx ON rate_limits (window_started_at_ms);

-- Who is making the change that is under way: one row, written at the start of a change's transaction and
-- taken away before its end, so that no other connection ever sees it. Absent: the system.
CREATE TABLE change_origin (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  address TEXT,
  client TEXT,
  request_id TEXT,
  via TEXT
);

-- What the triggers below write to: adds who, from where and in which organization.
CREATE VIEW account_changes AS
  SELECT '' AS user_id, '' AS action, '' AS subject_kind, '' AS subject_id, '{}' AS details WHERE 0;

CREATE TRIGGER account_changes_record INSTEAD OF INSERT ON account_changes BEGIN
  INSERT INTO audit_events (
    actor_kind, actor_id, action, subject_kind, subject_id, organization_id, address, client, request_id, details
  )
  SELECT
    coalesce(origin.actor_kind, 'system'),
    CASE origin.actor_kind WHEN 'user' THEN coalesce(origin.actor_id, NEW.user_id) ELSE origin.actor_id END,
    NEW.action, NEW.subject_kind, NEW.subject_id,
    coalesce((SELECT organization_id FROM users WHERE id = NEW.user_id), 'default'),
    origin.address, origin.client, origin.request_id,
    CASE WHEN origin.via IS NULL THEN NEW.details ELSE json_set(NEW.details, '$.via', origin.via) END
  FROM (SELECT 1) LEFT JOIN change_origin AS origin ON origin.id = 1;
END;

CREATE TRIGGER users_create AFTER INSERT ON users BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.id, 'user.create', 'user', NEW.id,
    json_object('name', NEW.name, 'email', NEW.email, 'role', NEW.role));
  -- Who administers is decided once: the first administrator, however made, leaves this mark, and nothing
  -- takes it away.
  INSERT INTO settings (name, value) SELECT 'first-administrator', NEW.id WHERE NEW.role = 'administrator'
  ON CONFLICT (name) DO NOTHING;
END;

CREATE TRIGGER users_edit AFTER UPDATE OF name, phone_number, image, role, organization_id, email ON users
WHEN (NEW.name, NEW.phone_number, NEW.image, NEW.role, NEW.organization_id, NEW.email)
  IS NOT (OLD.name, OLD.phone_number, OLD.image, OLD.role, OLD.organization_id, OLD.email)
BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.id, 'user.edit', 'user', NEW.id, json_object(
    'changed', (SELECT json_group_array(field) FROM (
      SELECT 'name' AS field WHERE NEW.name IS NOT OLD.name
      UNION ALL SELECT 'email' WHERE NEW.email IS NOT OLD.email
      UNION ALL SELECT 'phone_number' WHERE NEW.phone_number IS NOT OLD.phone_number
      UNION ALL SELECT 'image' WHERE NEW.image IS NOT OLD.image
      UNION ALL SELECT 'role' WHERE NEW.role IS NOT OLD.role
      UNION ALL SELECT 'organization' WHERE NEW.organization_id IS NOT OLD.organization_id)),
    'name', NEW.name, 'role', NEW.role, 'role_before', OLD.role));
END;

CREATE TRIGGER users_verify_email AFTER UPDATE OF email_verified ON users
WHEN NEW.email_verified IS NOT OLD.email_verified
BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.id, 'user.verify-email', 'user', NEW.id,
    json_object('email', NEW.email, 'verified', json(iif(NEW.email_verified, 'true', 'false'))));
END;

-- Deactivation ends every session in the same transaction.
CREATE TRIGGER users_deactivate AFTER UPDATE OF deactivated_at_ms ON users
WHEN OLD.deactivated_at_ms IS NULL AND NEW.deactivated_at_ms IS NOT NULL
BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.id, 'user.deactivate', 'user', NEW.id, '{}');
  DELETE FROM sessions WHERE user_id = NEW.id;
END;

CREATE TRIGGER users_activate AFTER UPDATE OF deactivated_at_ms ON users
WHEN OLD.deactivated_at_ms IS NOT NULL AND NEW.deactivated_at_ms IS NULL
BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.id, 'user.activate', 'user', NEW.id, '{}');
END;

CREATE TRIGGER users_delete AFTER DELETE ON users BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (OLD.id, 'user.delete', 'user', OLD.id, json_object('email', OLD.email));
END;

CREATE TRIGGER users_first_promoted AFTER UPDATE OF role ON users WHEN NEW.role = 'administrator' BEGIN
  INSERT INTO settings (name, value) VALUES ('first-administrator', NEW.id) ON CONFLICT (name) DO NOTHING;
END;

CREATE TRIGGER settings_first_administrator AFTER INSERT ON settings WHEN NEW.name = 'first-administrator' BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.value, 'portal.set-up', 'user', NEW.value, '{}');
END;

-- A new password ends every session, in the same transaction: whoever knew the old one is out.
CREATE TRIGGER accounts_password AFTER UPDATE OF password ON accounts WHEN NEW.password IS NOT OLD.password BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.user_id, 'user.password', 'user', NEW.user_id, '{}');
  UPDATE users SET credential_epoch = credential_epoch + 1 WHERE id = NEW.user_id;
  DELETE FROM sessions WHERE user_id = NEW.user_id;
END;

CREATE TRIGGER accounts_link AFTER INSERT ON accounts BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.user_id, 'user.link', 'user', NEW.user_id, json_object('provider', NEW.provider_id));
END;

CREATE TRIGGER accounts_unlink AFTER DELETE ON accounts BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (OLD.user_id, 'user.unlink', 'user', OLD.user_id, json_object('provider', OLD.provider_id));
END;

CREATE TRIGGER sessions_start AFTER INSERT ON sessions BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.user_id, 'session.start', 'session', NEW.id,
    json_object('user', NEW.user_id, 'address', NEW.ip_address, 'client', NEW.user_agent));
END;

CREATE TRIGGER sessions_extend AFTER UPDATE OF expires_at ON sessions WHEN NEW.expires_at IS NOT OLD.expires_at BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.user_id, 'session.extend', 'session', NEW.id, json_object('user', NEW.user_id));
END;

CREATE TRIGGER sessions_end AFTER DELETE ON sessions BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (OLD.user_id, 'session.end', 'session', OLD.id, json_object('user', OLD.user_id));
END;

CREATE TRIGGER passkeys_add AFTER INSERT ON passkeys BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.user_id, 'passkey.add', 'passkey', NEW.id, json_object('user', NEW.user_id, 'name', NEW.name));
END;

CREATE TRIGGER passkeys_edit AFTER UPDATE OF name, public_key, user_id, credential_id ON passkeys
WHEN (NEW.name, NEW.public_key, NEW.user_id, NEW.credential_id)
  IS NOT (OLD.name, OLD.public_key, OLD.user_id, OLD.credential_id)
BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.user_id, 'passkey.edit', 'passkey', NEW.id, json_object('user', NEW.user_id, 'name', NEW.name));
END;

CREATE TRIGGER passkeys_remove AFTER DELETE ON passkeys BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (OLD.user_id, 'passkey.remove', 'passkey', OLD.id, json_object('user', OLD.user_id, 'name', OLD.name));
END;

CREATE TRIGGER invitations_create AFTER INSERT ON invitations BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NULL, 'invitation.create', 'invitation', NEW.id, json_object('email', NEW.email, 'role', NEW.role));
END;

CREATE TRIGGER invitations_use AFTER UPDATE OF used_at_ms ON invitations
WHEN OLD.used_at_ms IS NULL AND NEW.used_at_ms IS NOT NULL
BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.used_by, 'invitation.use', 'invitation', NEW.id, json_object('user', NEW.used_by));
END;
