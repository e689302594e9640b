/**
 * `/verify` and `/verify/<scope>`: the answer a gateway asks for before it lets a request through (nginx `auth_request`, Traefik and
 * Caddy `forward_auth`). 200 without a body and the holder in headers; 401, 403 or 503 else. The demanded scope
 * comes from the path, which the gateway fixes: query, body and other headers of the client change nothing.
 */

import { parseDemandedScope, type TokenIdentity, type Verdict, type Verifier } from '@lencana/verifier';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bearerOf } from '../bearer.ts';
import { refusedSentence } from '../refused-sentence.ts';

const ALL_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const REALM = 'Bearer realm="lencana"';

export function addVerifyRoutes(
  app: FastifyInstance,
  verifier: Verifier,
  admit: (request: FastifyRequest) => Promise<void>,
): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply, scope: string | undefined) => {
    await admit(request);
    const presented = bearerOf(request.raw);
    // RFC 6750, section 3.1: without credentials the challenge carries no error.
    if (presented === null) return refuse(reply, 401, REALM);
    const verdict = await verifier.verify(presented, {
      ...(scope === undefined ? {} : { scope }),
      address: request.ip,
      client: request.headers['user-agent'] ?? '',
    });
    return answerWith(reply, verdict, scope);
  };
  for (const url of ['/verify', '/verify/*']) {
    app.route({
      method: ALL_METHODS,
      url,
      // In the route, not by the address's spelling: whatever leads here is judged. Before the body, which is the service's business.
      onRequest: async (request, reply) => {
        const scope = url === '/verify' ? undefined : (request.params as { '*': string })['*'];
        if (scope !== undefined && !parseDemandedScope(scope)) return refuse(reply, 404, null);
        await answer(request, reply, scope);
        return reply;
      },
      handler: async (_request, reply) => refuse(reply, 503, null),
    });
  }
}

function answerWith(reply: FastifyReply, verdict: Verdict, scope: string | undefined): FastifyReply {
  switch (verdict.outcome) {
    case 'active':
      return reply.headers(identityHeaders(verdict.token)).code(200).send();
    case 'unavailable':
      return reply.header('retry-after', '1').code(503).send();
    case 'refused':
      if (verdict.reason === 'insufficient_scope') {
        return refuse(reply, 403, `${REALM}, error="insufficient_scope", scope="${scope}"`);
      }
      return refuse(
        reply,
        401,
        `${REALM}, error="invalid_token", error_description="${refusedSentence(verdict)}"`,
      );
  }
}

function refuse(reply: FastifyReply, status: number, challenge: string | null): FastifyReply {
  if (challenge !== null) reply.header('www-authenticate', challenge);
  return reply.header('cache-control', 'no-store').code(status).send();
}

/** Names are percent-encoded UTF-8: a header holds visible ASCII only, and a name could hold anything. */
export function identityHeaders(token: TokenIdentity): Record<string, string> {
  return {
    'x-lencana-user': token.holderId,
    'x-lencana-name': encodeURIComponent(token.holderName),
    'x-lencana-organization': token.organizationId,
    'x-lencana-token': token.tokenId,
    'x-lencana-scopes': token.scopes.join(' '),
    'x-lencana-expires': token.expiresAtMs === null ? 'never' : new Date(token.expiresAtMs).toISOString(),
    'cache-control': 'no-store',
  };
}
