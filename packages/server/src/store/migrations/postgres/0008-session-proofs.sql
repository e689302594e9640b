-- When the person behind a session last proved who they are, by signing in or by doing so again within it. NULL: not that it is known,
-- so the next change that needs a proof asks for one.
ALTER TABLE sessions ADD COLUMN proven_at TIMESTAMPTZ;

CREATE FUNCTION sessions_prove() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
  PERFORM record_account_change(NEW.user_id, 'session.prove', 'session', NEW.id,
    jsonb_build_object('user', NEW.user_id));
  RETURN NULL;
END $$;

CREATE TRIGGER sessions_prove AFTER UPDATE OF proven_at ON sessions FOR EACH ROW
WHEN (NEW.proven_at IS DISTINCT FROM OLD.proven_at) EXECUTE FUNCTION sessions_prove();
