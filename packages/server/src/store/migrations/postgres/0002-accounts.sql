-- Accounts: users, how they sign in, their sessions, invitations. Columns ending in _at hold better-auth's
-- own instants, columns ending in _at_ms ours. Every change of these tables is written to audit_events by a
-- trigger, in the change's own transaction; no trigger copies a password, session token, key or code.

-- Example: ('6f0c…', 'Ayu Lestari', 'ayu@example.com', true, NULL, '+628123456789', 'member', 'default',
-- NULL, 0, '2026-…', '2026-…')
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE CHECK (email = lower(email)),
  email_verified BOOLEAN NOT NULL DEFAULT false,
  image TEXT,
  phone_number TEXT,
  role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('administrator', 'member', 'viewer')),
  organization_id TEXT NOT NULL DEFAULT 'default' REFERENCES organizations (id),
  deactivated_at_ms BIGINT,
  -- Counts password changes. A session begun under an earlier count is no session.
  credential_epoch INTEGER NOT NULL DEFAULT 0,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX users_organization_id_idx ON users (organization_id);

-- The token is worth nothing without its signature, which is made under a key that is not in the database.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  token TEXT NOT NULL UNIQUE,
  expires_at TIMESTAMPTZ NOT NULL,
  ip_address TEXT,
  user_agent TEXT,
  credential_epoch INTEGER NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);

-- Ways to sign in. `password` is an argon2id string in PHC format.
CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  provider_id TEXT NOT NULL,
  account_id TEXT NOT NULL,
  password TEXT,
  access_token TEXT,
  refresh_token TEXT,
  id_token TEXT,
  access_token_expires_at TIMESTAMPTZ,
  refresh_token_expires_at TIMESTAMPTZ,
  scope TEXT,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL,
  UNIQUE (provider_id, account_id)
);
CREATE INDEX accounts_user_id_idx ON accounts (user_id);

-- Links in mails and passkey challenges. `identifier` is a SHA-256 of what the holder presents.
CREATE TABLE verifications (
  id TEXT PRIMARY KEY,
  identifier TEXT NOT NULL,
  value TEXT NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX verifications_identifier_idx ON verifications (identifier);

CREATE TABLE passkeys (
  id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT,
  public_key TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  counter INTEGER NOT NULL,
  device_type TEXT NOT NULL,
  backed_up BOOLEAN NOT NULL,
  transports TEXT,
  aaguid TEXT,
  created_at TIMESTAMPTZ
);
CREATE INDEX passkeys_user_id_idx ON passkeys (user_id);
CREATE INDEX passkeys_credential_id_idx ON passkeys (credential_id);

-- One-time codes that let somebody sign up. `digest` is the SHA-256 of the code, in hexadecimal.
CREATE TABLE invitations (
  id TEXT PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  email TEXT,
  role TEXT NOT NULL DEFAULT 'member' CHECK (role IN ('administrator', 'member', 'viewer')),
  created_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT NOT NULL,
  used_at_ms BIGINT,
  used_by TEXT
);

-- Fixed windows of attempts: per address and path, per account, per set-up code. `key` names no account in
-- clear.
CREATE TABLE rate_limits (
  key TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  window_started_at_ms BIGINT NOT NULL
);
CREATE INDEX rate_limits_window_started_at_ms_idx ON rate_limits (window_started_at_ms);

-- Adds who and from where to a change: the setting lencana.origin, which lives as long as the change's
-- transaction, is JSON {actor_kind, actor_id, address, client, request_id, via}. Absent: the system.
CREATE FUNCTION record_account_change(
  user_id TEXT, action TEXT, subject_kind TEXT, subject_id TEXT, details JSONB
) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
  origin JSONB := coalesce(nullif(current_setting('lencana.origin', true), ''), '{}')::JSONB;
  organization TEXT := (SELECT users.organization_id FROM users WHERE users.id = record_account_change.user_id);
BEGIN
  INSERT INTO audit_events (
    actor_kind, actor_id, action, subject_kind, subject_id, organization_id, address, client, request_id, details
  ) VALUES (
    coalesce(origin ->> 'actor_kind', 'system'),
    CASE origin ->> 'actor_kind'
      WHEN 'user' THEN coalesce(origin ->> 'actor_id', record_account_change.user_id)
      ELSE origin ->> 'actor_id'
    END,
    record_account_change.action, record_account_change.subject_kind, record_account_change.subject_id,
    coalesce(organization, 'default'),
    origin ->> 'address', origin ->> 'client', origin ->> 'request_id',
    (CASE WHEN origin ->> 'via' IS NULL THEN record_account_change.details
      ELSE record_account_change.details || jsonb_build_object('via', origin ->> 'via') END)::TEXT
  );
END $$;

CREATE FUNCTION users_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM record_account_change(OLD.id, 'user.delete', 'user', OLD.id, jsonb_build_object('email', OLD.email));
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    PERFORM record_account_change(NEW.id, 'user.create', 'user', NEW.id,
      jsonb_build_object('name', NEW.name, 'email', NEW.email, 'role', NEW.role));
  ELSE
    IF (NEW.name, NEW.phone_number, NEW.image, NEW.role, NEW.organization_id, NEW.email)
      IS DISTINCT FROM (OLD.name, OLD.phone_number, OLD.image, OLD.role, OLD.organization_id, OLD.email)
    THEN
      PERFORM record_account_change(NEW.id, 'user.edit', 'user', NEW.id, jsonb_build_object(
        'changed', to_jsonb(array_remove(ARRAY[
          CASE WHEN NEW.name IS DISTINCT FROM OLD.name THEN 'name' END,
          CASE WHEN NEW.email IS DISTINCT FROM OLD.email THEN 'email' END,
          CASE WHEN NEW.phone_number IS DISTINCT FROM OLD.phone_number THEN 'phone_number' END,
          CASE WHEN NEW.image IS DISTINCT FROM OLD.image THEN 'image' END,
          CASE WHEN NEW.role IS DISTINCT FROM OLD.role THEN 'role' END,
          CASE WHEN NEW.organization_id IS DISTINCT FROM OLD.organization_id THEN 'organization' END], NULL)),
        'name', NEW.name, 'role', NEW.role, 'role_before', OLD.role));
    END IF;
    IF NEW.email_verified IS DISTINCT FROM OLD.email_verified THEN
      PERFORM record_account_change(NEW.id, 'user.verify-email', 'user', NEW.id,
        jsonb_build_object('email', NEW.email, 'verified', NEW.email_verified));
    END IF;
    -- Deactivation ends every session in the same transaction.
    IF OLD.deactivated_at_ms IS NULL AND NEW.deactivated_at_ms IS NOT NULL THEN
      PERFORM record_account_change(NEW.id, 'user.deactivate', 'user', NEW.id, '{}');
      DELETE FROM sessions WHERE sessions.user_id = NEW.id;
    ELSIF OLD.deactivated_at_ms IS NOT NULL AND NEW.deactivated_at_ms IS NULL THEN
      PERFORM record_account_change(NEW.id, 'user.activate', 'user', NEW.id, '{}');
    END IF;
  END IF;
  -- Who administers is decided once: the first administrator, however made, leaves this mark, and nothing
  -- takes it away.
  IF NEW.role = 'administrator' THEN
    INSERT INTO settings (name, value) VALUES ('first-administrator', NEW.id) ON CONFLICT (name) DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER users_changed AFTER INSERT OR UPDATE OR DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION users_changed();

CREATE FUNCTION settings_first_administrator() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  PERFORM record_account_change(NEW.value, 'portal.set-up', 'user', NEW.value, '{}');
  RETURN NULL;
END $$;
CREATE TRIGGER settings_first_administrator AFTER INSERT ON settings
  FOR EACH ROW WHEN (NEW.name = 'first-administrator') EXECUTE FUNCTION settings_first_administrator();

-- A new password ends every session, in the same transaction: whoever knew the old one is out.
CREATE FUNCTION accounts_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM record_account_change(NEW.user_id, 'user.link', 'user', NEW.user_id,
      jsonb_build_object('provider', NEW.provider_id));
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM record_account_change(OLD.user_id, 'user.unlink', 'user', OLD.user_id,
      jsonb_build_object('provider', OLD.provider_id));
  ELSIF NEW.password IS DISTINCT FROM OLD.password THEN
    PERFORM record_account_change(NEW.user_id, 'user.password', 'user', NEW.user_id, '{}');
    UPDATE users SET credential_epoch = credential_epoch + 1 WHERE users.id = NEW.user_id;
    DELETE FROM sessions WHERE sessions.user_id = NEW.user_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER accounts_changed AFTER INSERT OR UPDATE OR DELETE ON accounts
  FOR EACH ROW EXECUTE FUNCTION accounts_changed();

CREATE FUNCTION sessions_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM record_account_change(NEW.user_id, 'session.start', 'session', NEW.id,
      jsonb_build_object('user', NEW.user_id, 'address', NEW.ip_address, 'client', NEW.user_agent));
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM record_account_change(OLD.user_id, 'session.end', 'session', OLD.id,
      jsonb_build_object('user', OLD.user_id));
  ELSIF NEW.expires_at IS DISTINCT FROM OLD.expires_at THEN
    PERFORM record_account_change(NEW.user_id, 'session.extend', 'session', NEW.id,
      jsonb_build_object('user', NEW.user_id));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER sessions_changed AFTER INSERT OR UPDATE OR DELETE ON sessions
  FOR EACH ROW EXECUTE FUNCTION sessions_changed();

CREATE FUNCTION passkeys_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM record_account_change(NEW.user_id, 'passkey.add', 'passkey', NEW.id,
      jsonb_build_object('user', NEW.user_id, 'name', NEW.name));
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM record_account_change(OLD.user_id, 'passkey.remove', 'passkey', OLD.id,
      jsonb_build_object('user', OLD.user_id, 'name', OLD.name));
  ELSIF (NEW.name, NEW.public_key, NEW.user_id, NEW.credential_id)
    IS DISTINCT FROM (OLD.name, OLD.public_key, OLD.user_id, OLD.credential_id)
  THEN
    PERFORM record_account_change(NEW.user_id, 'passkey.edit', 'passkey', NEW.id,
      jsonb_build_object('user', NEW.user_id, 'name', NEW.name));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER passkeys_changed AFTER INSERT OR UPDATE OR DELETE ON passkeys
  FOR EACH ROW EXECUTE FUNCTION passkeys_changed();

CREATE FUNCTION invitations_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM record_account_change(NULL, 'invitation.create', 'invitation', NEW.id,
      jsonb_build_object('email', NEW.email, 'role', NEW.role));
  ELSIF OLD.used_at_ms IS NULL AND NEW.used_at_ms IS NOT NULL THEN
    PERFORM record_account_change(NEW.used_by, 'invitation.use', 'invitation', NEW.id,
      jsonb_build_object('user', NEW.used_by));
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER invitations_changed AFTER INSERT OR UPDATE ON invitations
  FOR EACH ROW EXECUTE FUNCTION invitations_changed();
