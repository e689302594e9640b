/**
 * What is known of the request under way, for code that better-auth calls without handing it on: the audited
 * adapter and the session hook.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Actor, SYSTEM } from '../core/access/actor.ts';

export type RequestContext = {
  readonly actor: Actor;
  /**
   * The account that a password is being checked for, and the count of its password changes before the check.
   * A session made for it carries this count, so that one won with a password replaced meanwhile is no
   * session.
   */
  checking: { readonly userId: string; readonly credentialEpoch: number } | null;
  /** The signed-in user whom a passkey is to prove, without a new session; `proven` when it did. */
  proving: { readonly userId: string; proven: boolean } | null;
};

const current = new AsyncLocalStorage<RequestContext>();

export const withRequestContext = <T>(context: RequestContext, work: () => Promise<T>): Promise<T> =>
  current.run(context, work);

export const requestContext = (): RequestContext | null => current.getStore() ?? null;

/** Outside any request, changes are the system's own. */
export const currentActor = (): Actor => current.getStore()?.actor ?? SYSTEM;
