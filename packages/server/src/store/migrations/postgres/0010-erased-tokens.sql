-- Deleted tokens by the time of their deletion, so that those that are to be erased are found without a look at the others.
CREATE INDEX tokens_revoked ON tokens (revoked_at_ms) WHERE revoked_at_ms IS NOT NULL;
