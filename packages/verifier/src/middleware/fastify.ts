/**
 * For Fastify 4 and 5: a hook that lets a request in with its token's identity at `request.token`, or answers it. Types are those of
 * the few members that it uses, so that nothing of Fastify is needed by whoever does not have it.
 */
import { authorizationsIn } from '../bearer.ts';
import type { TokenIdentity, Verifier } from '../verdict.ts';
import { createGuard, type GuardOptions } from './guard.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who and what the token is; undefined where no `requireToken` let the request in. */
    token?: TokenIdentity | undefined;
  }
}

/** As much of Fastify's request as is looked at. */
export type FastifyRequestLike = {
  readonly raw: { readonly rawHeaders: readonly string[] };
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly ip: string;
  token?: TokenIdentity | undefined;
};

type Reply = {
  code(status: number): unknown;
  headers(values: Record<string, string>): unknown;
  send(body: string): unknown;
};

export type FastifyGuardOptions = GuardOptions & {
  /** The client's address. Default `request.ip`, which believes the proxies that `trustProxy` of your Fastify names. */
  readonly addressOf?: (request: FastifyRequestLike) => string | undefined;
};

/**
 * For `onRequest`, so that a body is not even read for nobody. Every method is judged, HEAD and OPTIONS too.
 * @throws TypeError if the scope or the realm is invalid
 */
export function requireToken(verifier: Pick<Verifier, 'verify'>, options: FastifyGuardOptions = {}) {
  const guard = createGuard(verifier, options);
  const addressOf = options.addressOf ?? ((request: FastifyRequestLike) => request.ip);
  return async (request: FastifyRequestLike, reply: Reply): Promise<unknown> => {
    const agent = request.headers['user-agent'];
    const guarded = await guard({
      authorizations: authorizationsIn(request.raw.rawHeaders),
      address: addressOf(request),
      agent: typeof agent === 'string' ? agent : undefined,
    });
    if ('token' in guarded) {
      request.token = guarded.token;
      return undefined;
    }
    const { status, headers, body } = guarded.denial;
    reply.code(status);
    reply.headers({ ...headers });
    reply.send(body);
    return reply;
  };
}
