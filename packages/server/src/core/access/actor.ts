/** Who does something, on whose behalf and by which way: what the audit trail says of every change. Allows and refuses nothing. */
import type { Role } from './role.ts';

/**
 * `portal`: signed in with a session. `api`: with a token. `command`: an operator at the machine. `token`: a token that was
 * presented to a service. `system`: nobody asked.
 */
export type Way = 'portal' | 'api' | 'command' | 'token' | 'system';

/**
 * `user`: signed in, and names the session. `token`: names itself and its secret. `visitor`: not signed in, so whoever the change is
 * about; the trail calls them a user too. `operator` and `system` hold an authority that nobody can take away.
 */
export type ActorKind = 'user' | 'token' | 'visitor' | 'operator' | 'system';

export type Actor = {
  readonly kind: ActorKind;
  /** null: not known, or nobody. */
  readonly id: string | null;
  /** Whose rights are used: the holder's, of a token or a session. */
  readonly onBehalfOf: string | null;
  /** The holder's role when they asked; null: nobody asked with one. */
  readonly role: Role | null;
  readonly way: Way;
  /** The path or the command, like `/reset-password` or `lencana user edit`. */
  readonly via: string | null;
  readonly address: string | null;
  /** The program that asked, by its own word (`User-Agent`). */
  readonly agent: string | null;
  readonly requestId: string | null;
  readonly sessionId: string | null;
  readonly tokenId: string | null;
  readonly secretId: string | null;
  /** What presented a token for itself, where that is known. */
  readonly workload: string | null;
};

/** The program itself: what it clears away when its time is over. */
export const SYSTEM: Actor = {
  kind: 'system',
  id: null,
  onBehalfOf: null,
  role: null,
  way: 'system',
  via: null,
  address: null,
  agent: null,
  requestId: null,
  sessionId: null,
  tokenId: null,
  secretId: null,
  workload: null,
};

/** An operator, by a command. Whoever can run one may read and write the database anyway. */
export const operatorBy = (command: string): Actor => ({
  ...SYSTEM,
  kind: 'operator',
  way: 'command',
  via: command,
});
