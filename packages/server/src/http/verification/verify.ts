/**
 * `/verify` and `/verify/<scope>`: the answer a gateway asks for before it lets a request through (nginx `auth_request`, Traefik and
 * Caddy `forward_auth`). 200 without a body and the holder in headers; 401, 403 or 503 else. The demanded scope
 * comes from the path, which the gateway fixes: query, body and other headers of the client change nothing. Speaks bare
 * `node:http`: each request of each service comes by here.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  bearerToken,
  type Demand,
  refusedSentence,
  type TokenIdentity,
  type Verdict,
  type Verifier,
} from '@lencana/verifier/node';
import { clientAddress, type Trust } from '../client-address.ts';
import { PROBLEM_TYPE, problemText } from '../problem.ts';
import type { Admission, ClientGate } from './client-gate.ts';

export type VerifyParts = {
  readonly verifier: Pick<Verifier, 'verifyNow'>;
  readonly gate: ClientGate;
  /** Whether it must be asked with a client credential: always, unless bound to loopback or opened by the operator. */
  readonly demandsCredential: boolean;
  readonly trust: Trust;
};

const REALM = 'Bearer realm="lencana"';
const UNCREDENTIALED =
  'Verification from elsewhere needs a client credential in Lencana-Client-Authorization. lencana client create makes one.';

export type VerifyHandler = ReturnType<typeof createVerifyHandler>;

export function createVerifyHandler({ verifier, gate, demandsCredential, trust }: VerifyParts) {
  /** Judges the request and answers. `scope` undefined: identity alone. */
  return function handle(
    request: IncomingMessage,
    response: ServerResponse,
    scope: string | undefined,
    requestId: string,
  ) {
    const asked = read(request.rawHeaders);
    if (demandsCredential) {
      const admission = gate.admitCached(asked.credential);
      if (admission === undefined) {
        gate
          .admit(asked.credential)
          .then((late) => judgeFor(late, request, response, asked, scope, requestId))
          .catch(() => answerUnavailable(response, requestId));
        return;
      }
      judgeFor(admission, request, response, asked, scope, requestId);
      return;
    }
    judgeFor('admitted', request, response, asked, scope, requestId);
  };

  function judgeFor(
    admission: Admission,
    request: IncomingMessage,
    response: ServerResponse,
    asked: Asked,
    scope: string | undefined,
    requestId: string,
  ) {
    if (admission === 'unavailable') return answerUnavailable(response, requestId);
    if (admission === 'refused') return answerUncredentialed(response, requestId);
    // RFC 6750, section 3.1: without credentials the challenge carries no error.
    if (asked.token === null) return refuse(response, 401, REALM, requestId);
    const demand: Demand & { scope?: string } = {
      address: clientAddress(request.socket, asked.forwarded, trust) ?? '',
      agent: asked.agent,
    };
    if (scope !== undefined) demand.scope = scope;
    const judged = verifier.verifyNow(asked.token, demand);
    if (!(judged instanceof Promise)) return answer(response, judged, scope, requestId);
    judged
      .then((verdict) => answer(response, verdict, scope, requestId))
      .catch(() => answerUnavailable(response, requestId));
  }
}

type Asked = {
  /**
   * null: no header, another scheme, nothing after it, or more than one such header: which of two a service behind a gateway would
   * believe is anybody's guess.
   */
  token: string | null;
  agent: string;
  forwarded: string | undefined;
  credential: string | undefined;
};

/** One pass over the headers as they came: making an object of all of them costs more than a verdict. */
function read(rawHeaders: readonly string[]): Asked {
  let authorizations = 0;
  let authorization = '';
  const asked: Asked = { token: null, agent: '', forwarded: undefined, credential: undefined };
  let credentials = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    // Only names of these lengths are of interest: most headers are passed by without a look at their letters.
    switch (name.length) {
      case 10:
        if (name.toLowerCase() === 'user-agent') asked.agent = rawHeaders[at + 1] as string;
        break;
      case 13:
        if (name.toLowerCase() === 'authorization') {
          authorizations++;
          authorization = rawHeaders[at + 1] as string;
        }
        break;
      case 15:
        if (name.toLowerCase() === 'x-forwarded-for') {
          const more = rawHeaders[at + 1] as string;
          asked.forwarded = asked.forwarded === undefined ? more : `${asked.forwarded}, ${more}`;
        }
        break;
      case 28:
        if (name.toLowerCase() === 'lencana-client-authorization') {
          credentials++;
          asked.credential = rawHeaders[at + 1] as string;
        }
        break;
    }
  }
  if (credentials > 1) asked.credential = undefined;
  if (authorizations === 1) asked.token = bearerToken(authorization);
  return asked;
}

function answer(response: ServerResponse, verdict: Verdict, scope: string | undefined, requestId: string) {
  switch (verdict.outcome) {
    case 'active':
      response.writeHead(200, activeHeaders(verdict.token, requestId)).end();
      return;
    case 'unavailable':
      return answerUnavailable(response, requestId);
    case 'refused':
      if (verdict.reason === 'insufficient_scope') {
        return refuse(response, 403, `${REALM}, error="insufficient_scope", scope="${scope}"`, requestId);
      }
      return refuse(
        response,
        401,
        `${REALM}, error="invalid_token", error_description="${refusedSentence(verdict)}"`,
        requestId,
      );
  }
}

/**
 * Ready to be sent but for the request's id, which is the last. They are on the identity itself, as long as the cache keeps that: a table
 * of them would be work for each collection of garbage.
 */
const HEADERS = Symbol('headers');
type WithHeaders = TokenIdentity & { [HEADERS]?: string[] };

function activeHeaders(token: WithHeaders, requestId: string): string[] {
  const known = token[HEADERS];
  if (known !== undefined) {
    // Node copies them in the same call.
    known[known.length - 1] = requestId;
    return known;
  }
  const headers = identityHeaders(token, requestId);
  token[HEADERS] = headers;
  return headers;
}

/** Names are percent-encoded UTF-8: a header holds visible ASCII only, and a name could hold anything. */
function identityHeaders(token: TokenIdentity, requestId: string): string[] {
  return [
    'x-lencana-user',
    token.holderId,
    'x-lencana-name',
    PLAIN.test(token.holderName) ? token.holderName : encodeURIComponent(token.holderName),
    'x-lencana-organization',
    token.organizationId,
    'x-lencana-token',
    token.tokenId,
    'x-lencana-scopes',
    token.scopes.length === 1 ? (token.scopes[0] as string) : token.scopes.join(' '),
    'x-lencana-expires',
    token.expiresAtMs === null ? 'never' : new Date(token.expiresAtMs).toISOString(),
    'cache-control',
    'no-store',
    'content-length',
    '0',
    'x-request-id',
    requestId,
  ];
}

/** What percent-encoding leaves as it is. */
const PLAIN = /^[\w.!~*'()-]*$/;

export function refuse(
  response: ServerResponse,
  status: number,
  challenge: string | null,
  requestId: string,
) {
  const headers = ['cache-control', 'no-store', 'content-length', '0', 'x-request-id', requestId];
  if (challenge !== null) headers.push('www-authenticate', challenge);
  response.writeHead(status, headers).end();
}

export function answerUnavailable(response: ServerResponse, requestId: string) {
  if (response.headersSent) return void response.destroy();
  const headers = ['cache-control', 'no-store', 'content-length', '0', 'x-request-id', requestId];
  response.writeHead(503, [...headers, 'retry-after', '1']).end();
}

function answerUncredentialed(response: ServerResponse, requestId: string) {
  const body = problemText('forbidden', UNCREDENTIALED, requestId);
  response
    .writeHead(403, {
      'content-type': PROBLEM_TYPE,
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
      'x-request-id': requestId,
    })
    .end(body);
}
