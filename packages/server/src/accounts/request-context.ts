/**
 * What is known of the request under way, for code that better-auth calls without handing it on: the audited
 * adapter and the session hook.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChangeOrigin } from '../store/audit/change-origin.ts';

export type RequestContext = {
  readonly origin: ChangeOrigin;
  /**
   * The account that a password is being checked for, and the count of its password changes before the check.
   * A session made for it carries this count, so that one won with a password replaced meanwhile is no
   * session.
   */
  checking: { readonly userId: string; readonly credentialEpoch: number } | null;
};

const current = new AsyncLocalStorage<RequestContext>();

export const withRequestContext = <T>(context: RequestContext, work: () => Promise<T>): Promise<T> =>
  current.run(context, work);

export const requestContext = (): RequestContext | null => current.getStore() ?? null;

/** Outside any request, changes are the system's own. */
export const currentOrigin = (): ChangeOrigin =>
  current.getStore()?.origin ?? {
    actorKind: 'system',
    actorId: null,
    address: null,
    client: null,
    requestId: null,
    via: null,
  };
