-- The log of changes of authority, and the nodes that hold leases on it. Triggers append, in the change's own transaction, so no path
-- can forget. A program that does not wait after a revocation until every lease is over must not run on this database.

-- Example: (42, 'token', 'tok_4Zq…', 1795460000000)
CREATE TABLE authority_changes (
  seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  at_ms BIGINT NOT NULL DEFAULT ((extract(epoch FROM clock_timestamp()) * 1000)::BIGINT)
);

-- Every process that takes leases. `freshness_ms` is how long a lease of it lasts at most, the same for as long as the id lives. A row
-- with stopped_at_ms gives no lease any more; those it gave may still last. Rewritten at every sync: pages keep room for that.
-- Example: ('node_8fQ…', 'server', 'portal-1', '0.2.0', 4711, 1000, 1795460000000, 1795460005000, 2, 42, NULL)
CREATE TABLE nodes (
  id TEXT COLLATE "C" PRIMARY KEY,
  kind TEXT NOT NULL,
  hostname TEXT NOT NULL,
  version TEXT NOT NULL,
  pid INTEGER NOT NULL,
  freshness_ms BIGINT NOT NULL,
  started_at_ms BIGINT NOT NULL,
  heartbeat_at_ms BIGINT NOT NULL,
  heartbeat_count BIGINT NOT NULL DEFAULT 0,
  applied_seq BIGINT NOT NULL DEFAULT 0,
  stopped_at_ms BIGINT
) WITH (fillfactor = 10);

INSERT INTO settings (name, value) VALUES ('history', replace(gen_random_uuid()::TEXT, '-', ''));

-- Appends a change. The order of seq is the order of commits: seq is drawn under a lock that is held until the transaction has become
-- visible, so no reader sees a change before all that have a lower seq. A holder that does not come to its end is not waited for
-- long: the change that waits is undone.
CREATE FUNCTION append_authority_change(kind TEXT, id TEXT) RETURNS VOID LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(7305266002);
  INSERT INTO authority_changes (subject_kind, subject_id) VALUES (kind, id);
  -- Only hurries: who misses it finds the change at the next sync.
  PERFORM pg_notify('lencana_authority', '');
END $$;

-- The triggers' arguments: the kind of the subject, the column that has its id.
CREATE FUNCTION authority_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
  was TEXT := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) ->> TG_ARGV[1] END;
  becomes TEXT := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) ->> TG_ARGV[1] END;
BEGIN
  IF becomes IS NOT NULL THEN PERFORM append_authority_change(TG_ARGV[0], becomes); END IF;
  IF was IS DISTINCT FROM becomes AND was IS NOT NULL THEN PERFORM append_authority_change(TG_ARGV[0], was); END IF;
  RETURN NULL;
END $$;

-- A secret's id in the log is the first 16 bytes of its digest.
CREATE FUNCTION secret_authority_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
  was TEXT := CASE WHEN TG_OP <> 'INSERT' THEN encode(substring(OLD.digest FROM 1 FOR 16), 'hex') END;
  becomes TEXT := CASE WHEN TG_OP <> 'DELETE' THEN encode(substring(NEW.digest FROM 1 FOR 16), 'hex') END;
BEGIN
  IF becomes IS NOT NULL THEN PERFORM append_authority_change('secret', becomes); END IF;
  IF was IS DISTINCT FROM becomes AND was IS NOT NULL THEN PERFORM append_authority_change('secret', was); END IF;
  RETURN NULL;
END $$;

-- No row is named when a table is emptied: the log is cut off instead, so that every reader has missed something and starts over.
CREATE FUNCTION authority_truncated() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  PERFORM append_authority_change('policy', 'truncate');
  TRUNCATE authority_changes;
  PERFORM append_authority_change('policy', 'truncate');
  RETURN NULL;
END $$;

-- Deferred: lock, append and commit are one round trip, so the lock is never held by a client that is slow or gone.
-- A creation is logged too: it ends what was remembered as unknown.
CREATE CONSTRAINT TRIGGER token_secrets_authority AFTER INSERT OR UPDATE OR DELETE ON token_secrets
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION secret_authority_changed();

-- Everything that a verdict says of a token; not when it was last used.
CREATE CONSTRAINT TRIGGER tokens_authority_update AFTER UPDATE ON tokens
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((NEW.id, NEW.revoked_at_ms, NEW.expires_at_ms, NEW.scopes, NEW.name, NEW.holder_id, NEW.organization_id, NEW.created_at_ms)
    IS DISTINCT FROM
    (OLD.id, OLD.revoked_at_ms, OLD.expires_at_ms, OLD.scopes, OLD.name, OLD.holder_id, OLD.organization_id, OLD.created_at_ms))
  EXECUTE FUNCTION authority_changed('token', 'id');
CREATE CONSTRAINT TRIGGER tokens_authority_delete AFTER DELETE ON tokens
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION authority_changed('token', 'id');

CREATE CONSTRAINT TRIGGER users_authority_update AFTER UPDATE ON users
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN ((NEW.id, NEW.role, NEW.deactivated_at_ms, NEW.organization_id, NEW.name, NEW.email)
    IS DISTINCT FROM (OLD.id, OLD.role, OLD.deactivated_at_ms, OLD.organization_id, OLD.name, OLD.email))
  EXECUTE FUNCTION authority_changed('user', 'id');
CREATE CONSTRAINT TRIGGER users_authority_delete AFTER DELETE ON users
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION authority_changed('user', 'id');

CREATE CONSTRAINT TRIGGER organizations_authority AFTER UPDATE OR DELETE ON organizations
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION authority_changed('organization', 'id');

CREATE CONSTRAINT TRIGGER clients_authority AFTER INSERT OR UPDATE OR DELETE ON clients
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION authority_changed('client', 'id');

CREATE CONSTRAINT TRIGGER digest_keys_authority AFTER UPDATE OR DELETE ON digest_keys
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION authority_changed('key', 'version');

CREATE CONSTRAINT TRIGGER settings_authority_insert AFTER INSERT ON settings
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.name LIKE 'policy%')
  EXECUTE FUNCTION authority_changed('policy', 'name');
CREATE CONSTRAINT TRIGGER settings_authority_update AFTER UPDATE ON settings
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.name LIKE 'policy%' OR OLD.name LIKE 'policy%')
  EXECUTE FUNCTION authority_changed('policy', 'name');
CREATE CONSTRAINT TRIGGER settings_authority_delete AFTER DELETE ON settings
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.name LIKE 'policy%')
  EXECUTE FUNCTION authority_changed('policy', 'name');

CREATE TRIGGER token_secrets_authority_truncate AFTER TRUNCATE ON token_secrets EXECUTE FUNCTION authority_truncated();
CREATE TRIGGER tokens_authority_truncate AFTER TRUNCATE ON tokens EXECUTE FUNCTION authority_truncated();
CREATE TRIGGER users_authority_truncate AFTER TRUNCATE ON users EXECUTE FUNCTION authority_truncated();
CREATE TRIGGER organizations_authority_truncate AFTER TRUNCATE ON organizations EXECUTE FUNCTION authority_truncated();
CREATE TRIGGER clients_authority_truncate AFTER TRUNCATE ON clients EXECUTE FUNCTION authority_truncated();
CREATE TRIGGER digest_keys_authority_truncate AFTER TRUNCATE ON digest_keys EXECUTE FUNCTION authority_truncated();
CREATE TRIGGER settings_authority_truncate AFTER TRUNCATE ON settings EXECUTE FUNCTION authority_truncated();

-- They fire for replicated and restored rows too (session_replication_role).
DO $$
DECLARE
  found RECORD;
BEGIN
  FOR found IN
    SELECT tgname, tgrelid::REGCLASS AS relation FROM pg_trigger
    WHERE NOT tgisinternal AND tgname LIKE '%\_authority%'
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', found.relation, found.tgname);
  END LOOP;
END $$;

-- What the history is called within one cluster: a failover begins a timeline, tables made anew (a restored dump) have another oid,
-- a restored copy of the files is told by the setting. A standby raises an error.
CREATE FUNCTION authority_history() RETURNS TEXT LANGUAGE sql AS $$
  SELECT left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)
    || ':' || 'authority_changes'::REGCLASS::OID || ':' || (SELECT value FROM settings WHERE name = 'history')
$$;

-- The whole sync: the node's heartbeat, then everything read in one snapshot, after the call began. It writes, so a replica or a primary
-- that was fenced off can give no lease. Not registered: no row of that id, or one that was stopped.
CREATE FUNCTION lencana_sync(node_id TEXT, after_seq BIGINT, max_changes INTEGER)
RETURNS TABLE (registered BOOLEAN, seq BIGINT, kept_after_seq BIGINT, now_ms BIGINT, history TEXT, changes TEXT[])
LANGUAGE plpgsql AS $$
BEGIN
  -- Where commits wait for a standby, this one does, too: that is what fences. Where none does, flushing a heartbeat shows nothing.
  IF current_setting('synchronous_standby_names') = '' THEN
    PERFORM set_config('synchronous_commit', 'off', true);
  END IF;
  UPDATE nodes
  SET heartbeat_at_ms = (extract(epoch FROM clock_timestamp()) * 1000)::BIGINT,
    heartbeat_count = heartbeat_count + 1, applied_seq = coalesce(after_seq, 0)
  WHERE nodes.id = node_id AND nodes.stopped_at_ms IS NULL;
  IF NOT FOUND THEN
    RETURN QUERY SELECT false, 0::BIGINT, 0::BIGINT, 0::BIGINT, '', NULL::TEXT[];
    RETURN;
  END IF;
  RETURN QUERY
  SELECT true, coalesce(log.newest, 0), coalesce(log.oldest - 1, 0),
    (extract(epoch FROM clock_timestamp()) * 1000)::BIGINT, authority_history(),
    CASE WHEN after_seq IS NOT NULL AND later.number <= max_changes THEN later.subjects END
  FROM (SELECT max(c.seq) AS newest, min(c.seq) AS oldest FROM authority_changes c) log,
    (SELECT count(*) AS number, coalesce(array_agg(l.subject ORDER BY l.seq), '{}') AS subjects FROM (
      SELECT c.seq, c.subject_kind || ':' || c.subject_id AS subject FROM authority_changes c
      WHERE c.seq > after_seq ORDER BY c.seq LIMIT max_changes + 1) l) later;
END $$;
