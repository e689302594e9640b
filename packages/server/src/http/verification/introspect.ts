/** `POST /introspect`: OAuth 2.0 token introspection (RFC 7662) for services that authenticate as clients. */

import type { Verdict, Verifier } from '@lencana/verifier';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { refuseOtherMethods } from '../app.ts';
import { basicCredential, type ClientAuthenticator } from './client-credential.ts';

export function addIntrospectRoute(
  app: FastifyInstance,
  verifier: Verifier,
  authenticate: ClientAuthenticator,
): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );
  app.post('/introspect', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const form = request.body instanceof URLSearchParams ? request.body : null;
    if (!form)
      return fail(reply, 400, 'invalid_request', 'Send token=… as application/x-www-form-urlencoded.');
    const id = form.get('client_id');
    const secret = form.get('client_secret');
    const inForm = id !== null && secret !== null ? { id, secret } : null;
    const client = await authenticate(basicCredential(request.headers.authorization) ?? inForm);
    if (!client) {
      // RFC 6749, section 5.2.
      reply.header('www-authenticate', 'Basic realm="lencana"');
      return fail(
        reply,
        401,
        'invalid_client',
        'Authenticate as a client: lencana client create makes a credential.',
      );
    }
    const [token, ...more] = form.getAll('token');
    if (!token || more.length > 0) return fail(reply, 400, 'invalid_request', 'Send one token.');
    const verdict = await verifier.verify(token);
    if (verdict.outcome === 'unavailable') {
      reply.header('retry-after', '1');
      return fail(reply, 503, 'temporarily_unavailable', 'The token cannot be checked right now. Try again.');
    }
    return reply.send(introspection(verdict));
  });
  refuseOtherMethods(app, '/introspect', ['POST']);
}

/** RFC 7662, section 2.2. Of a token that is not active nothing else is said. Instants in seconds. */
function introspection(verdict: Exclude<Verdict, { outcome: 'unavailable' }>): Record<string, unknown> {
  if (verdict.outcome === 'refused') return { active: false };
  const { token } = verdict;
  return {
    active: true,
    token_type: 'Bearer',
    scope: token.scopes.join(' '),
    sub: token.holderId,
    username: token.holderEmail,
    name: token.holderName,
    organization_id: token.organizationId,
    jti: token.tokenId,
    iat: Math.floor(token.createdAtMs / 1000),
    ...(token.expiresAtMs === null ? {} : { exp: Math.floor(token.expiresAtMs / 1000) }),
  };
}

function fail(reply: FastifyReply, status: number, error: string, description: string): FastifyReply {
  return reply.code(status).send({ error, error_description: description });
}
