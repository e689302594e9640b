/** The order of the sessions on My Profile: this one first, then the newest. Pure. */
import type { Session } from './auth-client.ts';

export function newestFirst(sessions: readonly Session[]): Session[] {
  return sessions.toSorted(
    (a, b) => Number(b.current) - Number(a.current) || Date.parse(b.createdAt) - Date.parse(a.createdAt),
  );
}
