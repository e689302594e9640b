/**
 * For Express 4 and 5: middleware that lets a request in with its token's identity at `req.token`, or answers it. Types are those of
 * the few members that it uses, so that nothing of Express is needed by whoever does not have it.
 */
import { authorizationsIn } from '../bearer.ts';
import type { TokenIdentity, Verifier } from '../verdict.ts';
import { createGuard, type GuardOptions } from './guard.ts';

declare global {
  namespace Express {
    interface Request {
      /** Who and what the token is; undefined where no `requireToken` let the request in. */
      token?: TokenIdentity | undefined;
    }
  }
}

/** As much of Express' request as is looked at. */
export type ExpressRequestLike = {
  readonly rawHeaders: readonly string[];
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly ip?: string | undefined;
  token?: TokenIdentity | undefined;
};

type Response = {
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(body: string): unknown;
};

export type ExpressGuardOptions = GuardOptions & {
  /** The client's address. Default `req.ip`, which believes the proxies that `trust proxy` of your Express names. */
  readonly addressOf?: (request: ExpressRequestLike) => string | undefined;
};

/**
 * Put it before whatever reads bodies. Every method is judged, HEAD and OPTIONS too.
 * @throws TypeError if the scope or the realm is invalid
 */
export function requireToken(verifier: Pick<Verifier, 'verify'>, options: ExpressGuardOptions = {}) {
  const guard = createGuard(verifier, options);
  const addressOf = options.addressOf ?? ((request: ExpressRequestLike) => request.ip);
  return (request: ExpressRequestLike, response: Response, next: (error?: unknown) => void): void => {
    const answer = async () => {
      const agent = request.headers['user-agent'];
      const guarded = await guard({
        authorizations: authorizationsIn(request.rawHeaders),
        address: addressOf(request),
        agent: typeof agent === 'string' ? agent : undefined,
      });
      if ('token' in guarded) {
        request.token = guarded.token;
        return true;
      }
      const { status, headers, body } = guarded.denial;
      response.writeHead(status, { ...headers });
      response.end(body);
      return false;
    };
    // Express 4 hears of an error through `next` alone. What comes later throws is not this one's.
    answer().then((isIn) => isIn && next(), next);
  };
}
