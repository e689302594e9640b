/** Takes up a session that has just begun: forgets what was read before it and reads who is signed in. The page then goes on by itself. */
import { Problem } from '../api/problem.ts';
import { accountChanged, useMe } from '../api/queries.ts';

/** Rejects with a `Problem` when the browser did not keep the session, or when the account cannot be read. */
export function useSignedInNow(): () => Promise<void> {
  const me = useMe();
  return async () => {
    const anew = accountChanged();
    const { data } = await me.refetch({ cancelRefetch: false, throwOnError: true });
    await anew;
    if (data === null) throw new Problem({ code: 'SESSION_NOT_KEPT', status: 0, saved: 'no' });
  };
}
