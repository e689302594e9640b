-- What verifiers inside services report, apart from what nodes saw themselves: a service is believed about its own part alone.

-- The latest reported use of each token, and which service credential reported it.
-- Example: ('tok_4Zq…', 1795460000000, '203.0.113.9', 'curl/8', 'client_7Hd…')
CREATE TABLE reported_uses (
  token_id TEXT PRIMARY KEY,
  used_at_ms INTEGER NOT NULL,
  address TEXT,
  agent TEXT,
  reported_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The last batch that counted of each verifier: the same one, sent again, counts no more.
-- Example: ('client_7Hd…', 'vrf_0aB…', 17, 1795460000000)
CREATE TABLE use_reporters (
  client_id TEXT NOT NULL,
  instance_id TEXT NOT NULL,
  last_batch INTEGER NOT NULL,
  reported_at_ms INTEGER NOT NULL,
  PRIMARY KEY (client_id, instance_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX use_reporters_age ON use_reporters (reported_at_ms);
