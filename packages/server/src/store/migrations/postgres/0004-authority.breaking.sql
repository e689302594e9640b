-- The log of changes of authority, and the nodes that follow it. Triggers append, so that no path can forget: routes,
-- commands, the account library, SQL by hand. BREAKING: a program that does not know of this log would answer a
-- revocation before it holds everywhere, so older ones must not run beside it.

-- The order of `seq` is the order of commits: see append_authority_change().
-- Example: (42, 'token', 'tok_4Zq…', 1795460000000)
CREATE TABLE authority_changes (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  at_ms BIGINT NOT NULL
);

-- One row, so that a log of which old changes were cleared away still knows where it began and ends.
CREATE TABLE authority_log (
  one INTEGER PRIMARY KEY DEFAULT 1 CHECK (one = 1),
  -- All changes after this one are kept.
  kept_after_seq BIGINT NOT NULL DEFAULT 0
);
INSERT INTO authority_log DEFAULT VALUES;

-- One row for each process that verifies. It registers before its first sync, so that the largest freshness_ms here,
-- read after a commit, is at least the length of every lease that began before that commit.
CREATE TABLE nodes (
  id TEXT COLLATE "C" PRIMARY KEY,
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  pid INTEGER NOT NULL,
  freshness_ms DOUBLE PRECISION NOT NULL,
  started_at_ms BIGINT NOT NULL,
  heartbeat_at_ms BIGINT NOT NULL,
  heartbeat_count BIGINT NOT NULL DEFAULT 0,
  applied_seq BIGINT NOT NULL DEFAULT 0,
  stopped_at_ms BIGINT
);

-- Runs inside COMMIT, by deferred triggers: lock, append and commit are one turn of the connection, and nobody who is
-- stopped in between can hold the others up. The lock is released after the commit has become visible, so whoever sees
-- a seq has seen all before it.
CREATE FUNCTION append_authority_change(kind TEXT, id TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('lock_timeout', '2s', true);
  PERFORM pg_advisory_xact_lock(7305266002);
  INSERT INTO authority_changes (subject_kind, subject_id, at_ms)
  VALUES (kind, id, (extract(epoch FROM clock_timestamp()) * 1000)::BIGINT);
  PERFORM pg_notify('lencana_authority', '');
END $$;

CREATE FUNCTION token_secrets_authority() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM append_authority_change('secret', encode(substring(OLD.digest FROM 1 FOR 16), 'hex'));
  END IF;
  IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.digest <> OLD.digest) THEN
    PERFORM append_authority_change('secret', encode(substring(NEW.digest FROM 1 FOR 16), 'hex'));
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER token_secrets_authority AFTER INSERT OR UPDATE OR DELETE ON token_secrets
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION token_secrets_authority();

-- The kind of subject is the trigger's argument, its id the row's.
CREATE FUNCTION row_authority() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM append_authority_change(TG_ARGV[0], to_jsonb(OLD) ->> TG_ARGV[1]);
  END IF;
  IF TG_OP <> 'DELETE' AND (TG_OP = 'INSERT' OR to_jsonb(NEW) ->> TG_ARGV[1] <> to_jsonb(OLD) ->> TG_ARGV[1]) THEN
    PERFORM append_authority_change(TG_ARGV[0], to_jsonb(NEW) ->> TG_ARGV[1]);
  END IF;
  RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER tokens_authority AFTER DELETE OR UPDATE OF
  id, organization_id, holder_id, name, scopes, created_at_ms, expires_at_ms, revoked_at_ms ON tokens
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION row_authority('token', 'id');
CREATE CONSTRAINT TRIGGER users_authority AFTER DELETE OR UPDATE OF
  id, name, email, role, organization_id, deactivated_at_ms ON users
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION row_authority('user', 'id');
CREATE CONSTRAINT TRIGGER organizations_authority AFTER UPDATE OR DELETE ON organizations
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION row_authority('organization', 'id');
CREATE CONSTRAINT TRIGGER clients_authority AFTER INSERT OR UPDATE OR DELETE ON clients
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION row_authority('client', 'id');
CREATE CONSTRAINT TRIGGER digest_keys_authority AFTER UPDATE OR DELETE ON digest_keys
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION row_authority('key', 'version');

-- Emptying a table at once passes by the triggers of its rows.
CREATE FUNCTION refuse_truncate() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Delete the rows of %: TRUNCATE would take authority away without a trace.', TG_TABLE_NAME;
END $$;
CREATE TRIGGER token_secrets_truncate BEFORE TRUNCATE ON token_secrets EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER tokens_truncate BEFORE TRUNCATE ON tokens EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER users_truncate BEFORE TRUNCATE ON users EXECUTE FUNCTION refuse_truncate();
CREATE TRIGGER clients_truncate BEFORE TRUNCATE ON clients EXECUTE FUNCTION refuse_truncate();

-- Names this database's history: another cluster, a failover (timeline), another database or a log made anew by a restore
-- begins another. Fails on a standby, which may be behind.
CREATE FUNCTION database_history() RETURNS TEXT LANGUAGE sql AS $$
  SELECT concat_ws(':',
    (SELECT system_identifier FROM pg_control_system()),
    left(pg_walfile_name(pg_current_wal_insert_lsn()), 8),
    (SELECT oid FROM pg_database WHERE datname = current_database()),
    'authority_changes'::REGCLASS::OID)
$$;

-- One sync of a node, in one transaction: the heartbeat is written, so that a replica or a fenced old primary fails here
-- and gives no lease, then the changes are read with the log's ends and the clock, all from one snapshot. No row: the node
-- is not registered.
CREATE FUNCTION sync_node(node_id TEXT, after_seq BIGINT, changes_max INTEGER)
RETURNS TABLE (history TEXT, seq BIGINT, kept_after_seq BIGINT, now_ms DOUBLE PRECISION, changes TEXT[])
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE nodes SET
    heartbeat_at_ms = (extract(epoch FROM clock_timestamp()) * 1000)::BIGINT,
    heartbeat_count = heartbeat_count + 1,
    applied_seq = greatest(applied_seq, after_seq),
    stopped_at_ms = NULL
  WHERE id = node_id;
  IF NOT FOUND THEN RETURN; END IF;
  RETURN QUERY SELECT
    database_history(),
    coalesce((SELECT max(c.seq) FROM authority_changes c), log.kept_after_seq),
    log.kept_after_seq,
    (extract(epoch FROM clock_timestamp()) * 1000)::DOUBLE PRECISION,
    ARRAY(
      SELECT c.subject_kind || ':' || c.subject_id FROM authority_changes c
      WHERE c.seq > after_seq ORDER BY c.seq LIMIT changes_max + 1
    )
  FROM authority_log log;
END $$;
