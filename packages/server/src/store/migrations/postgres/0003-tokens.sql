-- Tokens, the digests of their secrets, the services that may ask about them, and replies kept for a retry.

-- Example: ('tok_4Zq…', 'default', 'u1', 'CI deploy', 'ci deploy', 'cldkctl_…gj4T', NULL, 1795460000000, NULL, NULL, NULL, NULL, NULL)
CREATE TABLE tokens (
  id TEXT COLLATE "C" PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  holder_id TEXT NOT NULL REFERENCES users (id),
  name TEXT NOT NULL,
  name_key TEXT COLLATE "C" NOT NULL,
  masked TEXT COLLATE "C" NOT NULL,
  scopes TEXT,
  created_at_ms BIGINT NOT NULL,
  expires_at_ms BIGINT,
  revoked_at_ms BIGINT,
  last_used_at_ms BIGINT,
  last_used_address TEXT,
  last_used_client TEXT
);

-- A holder's names differ, compared without case, among the tokens that were not deleted.
CREATE UNIQUE INDEX tokens_name ON tokens (holder_id, name_key) WHERE revoked_at_ms IS NULL;
CREATE INDEX tokens_holder ON tokens (holder_id, created_at_ms, id);

-- What is kept of a secret: HMAC-SHA-256 of its SHA-256 under the digest key of that version. The look-up of a
-- verification goes by this primary key.
CREATE TABLE token_secrets (
  digest BYTEA PRIMARY KEY,
  key_version INT NOT NULL REFERENCES digest_keys (version),
  token_id TEXT NOT NULL REFERENCES tokens (id),
  created_at_ms BIGINT NOT NULL,
  ends_at_ms BIGINT
);

CREATE INDEX token_secrets_token ON token_secrets (token_id);

-- Service credentials: who may introspect, and verify from elsewhere than this machine.
CREATE TABLE clients (
  id TEXT COLLATE "C" PRIMARY KEY,
  organization_id TEXT NOT NULL REFERENCES organizations (id),
  name TEXT NOT NULL,
  secret_digest BYTEA NOT NULL,
  created_at_ms BIGINT NOT NULL,
  revoked_at_ms BIGINT
);

-- The reply of a create, for ten minutes, under a key that only the client's Idempotency-Key and the server's key make
-- together. A stolen database opens none.
CREATE TABLE idempotent_replies (
  key_digest BYTEA PRIMARY KEY,
  request_digest BYTEA NOT NULL,
  token_id TEXT NOT NULL REFERENCES tokens (id),
  sealed_reply BYTEA NOT NULL,
  expires_at_ms BIGINT NOT NULL
);

CREATE INDEX idempotent_replies_expiry ON idempotent_replies (expires_at_ms);
CREATE INDEX idempotent_replies_token ON idempotent_replies (token_id);
