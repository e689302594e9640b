-- The audit trail's final columns, with one form of who does something for every kind of change. Kinds and ways are the program's to
-- check: what a later one adds needs no new table.

-- `via`: the path or the command. `seal`: the row's number in the chain of seals, NULL: not sealed. `before_json` and `after_json` hold
-- what a change replaced and what it put there. Holds no secret, password or session token.
-- Example: (7, 1795460000000, 'token', 'tok_4Zq…', 'token.create', 'token', 'tok_8Kd…', 'default', '127.0.0.1', 'curl/8', 'r1', '{}',
-- 'u1', 'api', NULL, NULL, 'tok_4Zq…', '9f3c…', NULL, NULL, '{"name":"ci"}', NULL)
ALTER TABLE audit_events DROP CONSTRAINT audit_events_actor_kind_check;
ALTER TABLE audit_events RENAME COLUMN client TO agent;
ALTER TABLE audit_events
  ADD COLUMN on_behalf_of TEXT,
  ADD COLUMN way TEXT,
  ADD COLUMN via TEXT,
  ADD COLUMN session_id TEXT,
  ADD COLUMN token_id TEXT,
  ADD COLUMN secret_id TEXT,
  ADD COLUMN workload TEXT,
  ADD COLUMN before_json TEXT,
  ADD COLUMN after_json TEXT,
  ADD COLUMN seal BIGINT;

UPDATE audit_events SET
  on_behalf_of = CASE actor_kind WHEN 'token' THEN details::JSONB ->> 'holder_id' WHEN 'user' THEN actor_id END,
  way = CASE actor_kind
    WHEN 'operator' THEN 'command'
    WHEN 'user' THEN 'portal'
    WHEN 'token' THEN CASE action WHEN 'token.refuse' THEN 'token' ELSE 'api' END
    ELSE 'system'
  END,
  -- A command said its name in either place.
  via = CASE actor_kind WHEN 'operator' THEN coalesce(details::JSONB ->> 'via', agent) ELSE details::JSONB ->> 'via' END,
  agent = CASE actor_kind WHEN 'operator' THEN NULL ELSE agent END,
  token_id = CASE actor_kind WHEN 'token' THEN actor_id END,
  details = (details::JSONB - 'via')::TEXT;

ALTER TABLE audit_events ALTER COLUMN way SET NOT NULL;

-- Adds who and by which way to a change: the setting lencana.actor, which lives as long as the change's transaction, is JSON with the
-- columns of audit_events from actor_kind to workload. Absent: the system. A user whose id is not known yet, who signs up or comes with a
-- link, is the one whom the change is about.
CREATE OR REPLACE FUNCTION record_account_change(
  user_id TEXT, action TEXT, subject_kind TEXT, subject_id TEXT, details JSONB
) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
  actor JSONB := coalesce(nullif(current_setting('lencana.actor', true), ''), '{}')::JSONB;
  organization TEXT := (SELECT users.organization_id FROM users WHERE users.id = record_account_change.user_id);
  is_user BOOLEAN := coalesce(actor ->> 'actor_kind', '') = 'user';
  subject_user TEXT := record_account_change.user_id;
BEGIN
  INSERT INTO audit_events (
    actor_kind, actor_id, on_behalf_of, way, via, address, agent, request_id, session_id, token_id, secret_id, workload,
    action, subject_kind, subject_id, organization_id, before_json, after_json, details
  ) VALUES (
    coalesce(actor ->> 'actor_kind', 'system'),
    CASE WHEN is_user THEN coalesce(actor ->> 'actor_id', subject_user) ELSE actor ->> 'actor_id' END,
    CASE WHEN is_user THEN coalesce(actor ->> 'on_behalf_of', actor ->> 'actor_id', subject_user)
      ELSE actor ->> 'on_behalf_of' END,
    coalesce(actor ->> 'way', 'system'),
    actor ->> 'via', actor ->> 'address', actor ->> 'agent', actor ->> 'request_id', actor ->> 'session_id',
    actor ->> 'token_id', actor ->> 'secret_id', actor ->> 'workload',
    record_account_change.action, record_account_change.subject_kind, record_account_change.subject_id,
    coalesce(organization, 'default'),
    (record_account_change.details -> 'before')::TEXT, (record_account_change.details -> 'after')::TEXT,
    (record_account_change.details - 'before' - 'after')::TEXT
  );
END $$;

-- What was there and what is there now, of what changed.
CREATE OR REPLACE FUNCTION users_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
  edited JSONB;
BEGIN
  IF TG_OP = 'DELETE' THEN
    PERFORM record_account_change(OLD.id, 'user.delete', 'user', OLD.id, jsonb_build_object('email', OLD.email));
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    PERFORM record_account_change(NEW.id, 'user.create', 'user', NEW.id,
      jsonb_build_object('name', NEW.name, 'email', NEW.email, 'role', NEW.role));
  ELSE
    SELECT jsonb_build_object(
      'changed', jsonb_agg(field), 'before', jsonb_object_agg(field, before), 'after', jsonb_object_agg(field, after))
    INTO edited
    FROM (VALUES
      ('name', OLD.name, NEW.name),
      ('email', OLD.email, NEW.email),
      ('phone_number', OLD.phone_number, NEW.phone_number),
      ('image', OLD.image, NEW.image),
      ('role', OLD.role, NEW.role),
      ('organization', OLD.organization_id, NEW.organization_id)
    ) AS edits (field, before, after)
    WHERE before IS DISTINCT FROM after;
    IF edited ->> 'changed' IS NOT NULL THEN
      PERFORM record_account_change(NEW.id, 'user.edit', 'user', NEW.id, edited);
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

CREATE OR REPLACE FUNCTION passkeys_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
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
    PERFORM record_account_change(NEW.user_id, 'passkey.edit', 'passkey', NEW.id, jsonb_build_object(
      'user', NEW.user_id,
      'before', jsonb_build_object('name', OLD.name), 'after', jsonb_build_object('name', NEW.name)));
  END IF;
  RETURN NULL;
END $$;

-- Which token and which secret made a token; NULL: a person signed in to the portal, or an operator. No foreign key: a maker that was
-- deleted may be cleared away before what it made.
ALTER TABLE tokens ADD COLUMN made_by_token_id TEXT;
ALTER TABLE tokens ADD COLUMN made_by_secret_id TEXT;
CREATE INDEX tokens_made_by ON tokens (made_by_token_id) WHERE made_by_token_id IS NOT NULL;

-- The reply of any call, for ten minutes, under a key that only the client's Idempotency-Key and the server's key make together.
-- `subject_kind` and `subject_id` name what the call made: a reply is worth nothing when that is gone.
-- What was kept in the form before was for ten minutes: it is not carried over.
DROP TABLE idempotent_replies;
CREATE TABLE idempotent_replies (
  key_digest BYTEA PRIMARY KEY,
  request_digest BYTEA NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  sealed_reply BYTEA NOT NULL,
  expires_at_ms BIGINT NOT NULL
);

CREATE INDEX idempotent_replies_expiry ON idempotent_replies (expires_at_ms);
CREATE INDEX idempotent_replies_subject ON idempotent_replies (subject_kind, subject_id);
