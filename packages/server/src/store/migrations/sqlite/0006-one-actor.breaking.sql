-- The audit trail's final columns, with one form of who does something for every kind of change. Kinds and ways are the program's to
-- check: what a later one adds needs no new table.

-- The trigger writes to the table that is built anew.
DROP TRIGGER account_changes_record;

-- `via`: the path or the command. `seal`: the row's number in the chain of seals, NULL: not sealed. `before_json` and `after_json` hold
-- what a change replaced and what it put there. Holds no secret, password or session token.
-- Example: (7, 1795460000000, 'token', 'tok_4Zq…', 'u1', 'api', NULL, '127.0.0.1', 'curl/8', 'r1', NULL, 'tok_4Zq…', '9f3c…', NULL,
-- 'token.create', 'token', 'tok_8Kd…', 'default', NULL, '{"name":"ci"}', '{}', NULL)
CREATE TABLE audit_events_final (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL DEFAULT (CAST(unixepoch('subsec') * 1000 AS INTEGER)),
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  on_behalf_of TEXT,
  way TEXT NOT NULL,
  via TEXT,
  address TEXT,
  agent TEXT,
  request_id TEXT,
  session_id TEXT,
  token_id TEXT,
  secret_id TEXT,
  workload TEXT,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  organization_id TEXT,
  before_json TEXT,
  after_json TEXT,
  details TEXT NOT NULL DEFAULT '{}',
  seal INTEGER
) STRICT;

INSERT INTO audit_events_final (
  id, at_ms, actor_kind, actor_id, on_behalf_of, way, via, address, agent, request_id, token_id,
  action, subject_kind, subject_id, organization_id, details
)
SELECT
  id, at_ms, actor_kind, actor_id,
  CASE actor_kind WHEN 'token' THEN json_extract(details, '$.holder_id') WHEN 'user' THEN actor_id END,
  CASE actor_kind
    WHEN 'operator' THEN 'command'
    WHEN 'user' THEN 'portal'
    WHEN 'token' THEN iif(action = 'token.refuse', 'token', 'api')
    ELSE 'system'
  END,
  -- A command said its name in either place.
  CASE actor_kind WHEN 'operator' THEN coalesce(json_extract(details, '$.via'), client) ELSE json_extract(details, '$.via') END,
  address,
  CASE actor_kind WHEN 'operator' THEN NULL ELSE client END,
  request_id,
  CASE actor_kind WHEN 'token' THEN actor_id END,
  action, subject_kind, subject_id, organization_id, json_remove(details, '$.via')
FROM audit_events ORDER BY id;

DROP TABLE audit_events;
ALTER TABLE audit_events_final RENAME TO audit_events;
CREATE INDEX audit_events_subject ON audit_events (subject_kind, subject_id, id);

-- Who is making the change that is under way: one row, written at the start of a change's transaction and taken away before its end, so
-- that no other connection ever sees it. Absent: the system.
DROP TABLE change_origin;
CREATE TABLE change_actor (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  on_behalf_of TEXT,
  way TEXT NOT NULL,
  via TEXT,
  address TEXT,
  agent TEXT,
  request_id TEXT,
  session_id TEXT,
  token_id TEXT,
  secret_id TEXT,
  workload TEXT
) STRICT;

-- A user whose id is not known yet, who signs up or comes with a link, is the one whom the change is about.
CREATE TRIGGER account_changes_record INSTEAD OF INSERT ON account_changes BEGIN
  INSERT INTO audit_events (
    actor_kind, actor_id, on_behalf_of, way, via, address, agent, request_id, session_id, token_id, secret_id, workload,
    action, subject_kind, subject_id, organization_id, before_json, after_json, details
  )
  SELECT
    coalesce(actor.actor_kind, 'system'),
    CASE actor.actor_kind WHEN 'user' THEN coalesce(actor.actor_id, NEW.user_id) ELSE actor.actor_id END,
    CASE actor.actor_kind WHEN 'user' THEN coalesce(actor.on_behalf_of, actor.actor_id, NEW.user_id) ELSE actor.on_behalf_of END,
    coalesce(actor.way, 'system'),
    actor.via, actor.address, actor.agent, actor.request_id, actor.session_id, actor.token_id, actor.secret_id, actor.workload,
    NEW.action, NEW.subject_kind, NEW.subject_id,
    coalesce((SELECT organization_id FROM users WHERE id = NEW.user_id), 'default'),
    json_extract(NEW.details, '$.before'), json_extract(NEW.details, '$.after'), json_remove(NEW.details, '$.before', '$.after')
  FROM (SELECT 1) LEFT JOIN change_actor AS actor ON actor.id = 1;
END;

-- What was there and what is there now, of what changed.
DROP TRIGGER users_edit;
CREATE TRIGGER users_edit AFTER UPDATE OF name, phone_number, image, role, organization_id, email ON users
WHEN (NEW.name, NEW.phone_number, NEW.image, NEW.role, NEW.organization_id, NEW.email)
  IS NOT (OLD.name, OLD.phone_number, OLD.image, OLD.role, OLD.organization_id, OLD.email)
BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  SELECT NEW.id, 'user.edit', 'user', NEW.id, json_object(
    'changed', json_group_array(field), 'before', json_group_object(field, before), 'after', json_group_object(field, after))
  FROM (
    SELECT 'name' AS field, OLD.name AS before, NEW.name AS after WHERE NEW.name IS NOT OLD.name
    UNION ALL SELECT 'email', OLD.email, NEW.email WHERE NEW.email IS NOT OLD.email
    UNION ALL SELECT 'phone_number', OLD.phone_number, NEW.phone_number WHERE NEW.phone_number IS NOT OLD.phone_number
    UNION ALL SELECT 'image', OLD.image, NEW.image WHERE NEW.image IS NOT OLD.image
    UNION ALL SELECT 'role', OLD.role, NEW.role WHERE NEW.role IS NOT OLD.role
    UNION ALL SELECT 'organization', OLD.organization_id, NEW.organization_id
      WHERE NEW.organization_id IS NOT OLD.organization_id);
END;

DROP TRIGGER passkeys_edit;
CREATE TRIGGER passkeys_edit AFTER UPDATE OF name, public_key, user_id, credential_id ON passkeys
WHEN (NEW.name, NEW.public_key, NEW.user_id, NEW.credential_id)
  IS NOT (OLD.name, OLD.public_key, OLD.user_id, OLD.credential_id)
BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.user_id, 'passkey.edit', 'passkey', NEW.id, json_object('user', NEW.user_id,
    'before', json_object('name', OLD.name), 'after', json_object('name', NEW.name)));
END;

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
  key_digest BLOB PRIMARY KEY,
  request_digest BLOB NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  sealed_reply BLOB NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX idempotent_replies_expiry ON idempotent_replies (expires_at_ms);
CREATE INDEX idempotent_replies_subject ON idempotent_replies (subject_kind, subject_id);
