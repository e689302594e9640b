-- When the person behind a session last proved who they are, by signing in or by doing so again within it. NULL: not that it is known,
-- so the next change that needs a proof asks for one.
ALTER TABLE sessions ADD COLUMN proven_at DATE;

CREATE TRIGGER sessions_prove AFTER UPDATE OF proven_at ON sessions WHEN NEW.proven_at IS NOT OLD.proven_at BEGIN
  INSERT INTO account_changes (user_id, action, subject_kind, subject_id, details)
  VALUES (NEW.user_id, 'session.prove', 'session', NEW.id, json_object('user', NEW.user_id));
END;
