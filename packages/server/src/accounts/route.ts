/** What a route of the accounts room is given, and the small words that all routes answer with. Holds no route. */
import { Refusal } from '../core/refusal.ts';
import type { Peer } from './admission.ts';
import type { AddressLimit } from './limits.ts';
import type { Parsed } from './profile-rules.ts';
import type { RequestContext } from './request-context.ts';
import type { Session } from './sessions.ts';

/** One request, past the gate's own checks. */
export type Call = {
  readonly body: Readonly<Record<string, unknown>>;
  readonly query: URLSearchParams;
  readonly session: Session | null;
  readonly peer: Peer;
  readonly context: RequestContext;
  /** Lets better-auth answer, with this body or query in place of the sent one. */
  readonly forward: (put?: {
    readonly path?: string;
    readonly body?: Readonly<Record<string, unknown>>;
    readonly query?: URLSearchParams;
  }) => Promise<Response>;
};

export type Route = {
  readonly limit?: AddressLimit;
  /** Refuse at once without a session. */
  readonly signedIn?: true;
  /** Refuse without a recent proof of who is signed in. With `signedIn` only. */
  readonly proven?: true;
  readonly answer: (call: Call) => Promise<Response>;
};

export const json = (body: unknown): Response =>
  Response.json(body, { headers: { 'cache-control': 'no-store' } });

/** @throws Refusal that names the field */
export function parsed(field: string, code: string, value: Parsed): string {
  if (value.ok) return value.value;
  throw Refusal.ofFields([{ field, code, message: value.complaint }]);
}

/** @throws Refusal `unauthorized` */
export function signedIn(call: Call): Session {
  if (call.session) return call.session;
  throw new Refusal('unauthorized', 'You are not signed in. Sign in and try again.');
}
