-- When each token was last used, apart from the tokens: a use is written every few seconds, so what holds uses is small, and a change
-- of a token and the uses of it never wait for each other.
-- No foreign key: who writes a use has found its token, and to find it once more is most of what a first use costs.

-- Example: ('tok_4Zq…', 1795460000000, '203.0.113.9', 'curl/8')
CREATE TABLE token_uses (
  token_id TEXT PRIMARY KEY,
  used_at_ms INTEGER NOT NULL,
  address TEXT,
  client TEXT
) STRICT, WITHOUT ROWID;

INSERT INTO token_uses (token_id, used_at_ms, address, client)
SELECT id, last_used_at_ms, last_used_address, last_used_client FROM tokens WHERE last_used_at_ms IS NOT NULL;

ALTER TABLE tokens DROP COLUMN last_used_at_ms;
ALTER TABLE tokens DROP COLUMN last_used_address;
ALTER TABLE tokens DROP COLUMN last_used_client;
