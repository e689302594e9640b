/**
 * Who calls the API: the holder of a presented token, else the one signed in to the portal. A presented token is judged and never
 * falls back to a session. Sessions change nothing for another site: an unsafe method needs the portal's own Origin.
 */

import { authorizationsIn, bearerIn, refusedSentence, type Verifier } from '@lencana/verifier/node';
import type { FastifyRequest } from 'fastify';
import {
  ACCOUNT_HEADER,
  type Session,
  type SessionReader,
  type SessionUser,
} from '../../accounts/sessions.ts';
import { type Actor, SYSTEM } from '../../core/access/actor.ts';
import type { TokenStore } from '../../core/ports.ts';
import { Refusal } from '../../core/refusal.ts';
import { agentText } from '../../core/text/agent-text.ts';
import type { Token } from '../../core/tokens/token.ts';
import type { Caller } from '../../core/tokens/token-service.ts';

/** The session that a request carries, if its page was drawn for that account. @throws Refusal `account_changed` */
export type SessionOf = (request: FastifyRequest) => Promise<Session | null>;

export const createSessionOf =
  (sessionFrom: SessionReader): SessionOf =>
  ({ headers }) => {
    const read = new Headers({ cookie: headers.cookie ?? '' });
    for (const account of [headers[ACCOUNT_HEADER] ?? []].flat()) read.append(ACCOUNT_HEADER, account);
    return sessionFrom(read);
  };

export type CallerParts = {
  readonly verifier: Verifier;
  readonly sessionOf: SessionOf;
  readonly findUser: (id: string) => Promise<SessionUser | null>;
  readonly tokens: Pick<TokenStore, 'find'>;
  /** Which of the token's secrets was presented; null: none that it still has. */
  readonly secretIdOf: (tokenId: string, presented: string) => Promise<string | null>;
  readonly publicOrigin: string;
};

export type KnownCaller = Caller & {
  readonly user: SessionUser;
  readonly token: Token | null;
};

export type CallerReader = (request: FastifyRequest) => Promise<KnownCaller>;

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function createCallerReader(parts: CallerParts): CallerReader {
  return async (request) => {
    if (request.headers.authorization !== undefined) return byToken(parts, request);
    const session = await parts.sessionOf(request);
    if (!session) {
      throw new Refusal(
        'unauthenticated',
        'You are not signed in, or your session has ended. Sign in and try again.',
      );
    }
    if (!SAFE_METHODS.has(request.method)) refuseCrossSite(request, parts.publicOrigin);
    const { user } = session;
    return {
      user,
      token: null,
      holderId: user.id,
      organizationId: user.organization.id,
      viaToken: null,
      actor: {
        ...from(request),
        kind: 'user',
        id: user.id,
        onBehalfOf: user.id,
        role: user.role,
        way: 'portal',
        sessionId: session.sessionId,
      },
    };
  };
}

async function byToken(parts: CallerParts, request: FastifyRequest): Promise<KnownCaller> {
  const presented = bearerIn(authorizationsIn(request.raw.rawHeaders));
  if (presented === null) {
    throw new Refusal('invalid_token', 'Send the token as "Authorization: Bearer <token>".');
  }
  const verdict = await parts.verifier.verify(presented, {
    address: request.clientAddress ?? '',
    agent: request.headers['user-agent'] ?? '',
  });
  if (verdict.outcome === 'unavailable') {
    throw new Refusal(
      'unavailable',
      'The token cannot be checked right now. Nothing was changed. Try again in a moment.',
    );
  }
  if (verdict.outcome === 'refused') {
    throw new Refusal('invalid_token', refusedSentence(verdict));
  }
  const { holderId, tokenId } = verdict.token;
  const [user, token, secretId] = await Promise.all([
    parts.findUser(holderId),
    parts.tokens.find(holderId, tokenId),
    parts.secretIdOf(tokenId, presented),
  ]);
  if (!user || !token || secretId === null) throw new Refusal('invalid_token', 'The token is not valid.');
  return {
    user,
    token,
    holderId,
    organizationId: token.organizationId,
    viaToken: token,
    actor: {
      ...from(request),
      kind: 'token',
      id: tokenId,
      onBehalfOf: holderId,
      role: user.role,
      way: 'api',
      tokenId,
      secretId,
    },
  };
}

/** The browser names the page's origin on every unsafe request; a form or script of another site cannot name ours. */
function refuseCrossSite(request: FastifyRequest, publicOrigin: string): void {
  if (request.headers.origin === publicOrigin) return;
  throw new Refusal(
    'cross_site_request',
    `A signed-in change must come from ${publicOrigin}. Nothing was changed. Open the portal there, or use a token.`,
  );
}

const from = (request: FastifyRequest): Actor => ({
  ...SYSTEM,
  via: request.routeOptions.url ?? null,
  address: request.clientAddress,
  agent: request.headers['user-agent'] === undefined ? null : agentText(request.headers['user-agent']),
  requestId: request.id,
});
