/**
 * What is known of the request under way, for code that better-auth calls without handing it on: the audited
 * adapter and the session hook.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Actor, SYSTEM } from '../core/access/actor.ts';
import type { Proof } from '../core/authority/standing.ts';

export type RequestContext = {
  /** Changes when the request's own act ends its session. */
  actor: Actor;
  /**
   * What a request without a session rests on: the account that a password is being checked for, and the count of its password changes
   * before the check, or the passkey that was used. What was replaced or removed meanwhile begins no session.
   */
  checking: Proof | null;
  /** The signed-in user whom a passkey is to prove, without a new session; `proven` when it did. */
  proving: { readonly userId: string; proven: boolean } | null;
};

const current = new AsyncLocalStorage<RequestContext>();

export const withRequestContext = <T>(context: RequestContext, work: () => Promise<T>): Promise<T> =>
  current.run(context, work);

export const requestContext = (): RequestContext | null => current.getStore() ?? null;

/** Outside any request, changes are the system's own. */
export const currentActor = (): Actor => current.getStore()?.actor ?? SYSTEM;
