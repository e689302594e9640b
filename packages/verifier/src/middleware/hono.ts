/**
 * For Hono 4: middleware that lets a request in with its token's identity at `c.get('token')`, or answers it. Types are those of the
 * few members that it uses, so that nothing of Hono is needed by whoever does not have it.
 */
import type { TokenIdentity, Verifier } from '../verdict.ts';
import { createGuard, type GuardOptions } from './guard.ts';

declare module 'hono' {
  interface ContextVariableMap {
    /** Who and what the token is, where `requireToken` let the request in. */
    token: TokenIdentity;
  }
}

/** As much of Hono's context as is looked at. */
export type HonoContextLike = {
  readonly req: { header(name: string): string | undefined };
  readonly env: unknown;
  set(name: 'token', token: TokenIdentity): void;
};

export type HonoGuardOptions = GuardOptions & {
  /**
   * The client's address. Default: of the connection on Node (`@hono/node-server`), elsewhere none, because Hono knows none. Behind a
   * proxy take it from the header that your proxy sets, and only if nobody else can reach the service.
   */
  readonly addressOf?: (context: HonoContextLike) => string | undefined;
};

/**
 * Every method is judged, HEAD and OPTIONS too.
 * @throws TypeError if the scope or the realm is invalid
 */
export function requireToken(verifier: Pick<Verifier, 'verify'>, options: HonoGuardOptions = {}) {
  const guard = createGuard(verifier, options);
  const addressOf = options.addressOf ?? ((context: HonoContextLike) => peerOf(context.env));
  return async (context: HonoContextLike, next: () => Promise<void>): Promise<Response | undefined> => {
    const guarded = await guard({
      authorizations: valuesOf(context.req.header('authorization')),
      address: addressOf(context),
      agent: context.req.header('user-agent'),
    });
    if ('token' in guarded) {
      context.set('token', guarded.token);
      await next();
      return undefined;
    }
    const { status, headers, body } = guarded.denial;
    return new Response(body, { status, headers: { ...headers } });
  };
}

/** `Headers` joins several of one name with commas, and no token has one. */
const valuesOf = (joined: string | undefined) => (joined === undefined ? [] : joined.split(','));

/** Where `@hono/node-server` leaves the peer's address: `env.incoming.socket.remoteAddress`. */
function peerOf(env: unknown): string | undefined {
  let value = env;
  for (const name of ['incoming', 'socket', 'remoteAddress']) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, name);
  }
  return typeof value === 'string' ? value : undefined;
}
