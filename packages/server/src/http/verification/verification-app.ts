/**
 * The verification listener: what gateways and services ask, on a port of its own that need not face the internet. `/verify` and
 * `/introspect` in their plain spelling are answered before any framework; the same handlers stand behind whatever other spelling a
 * router would take for them, so that nothing is let in by being spelt otherwise.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseDemandedScope, type Verifier } from '@lencana/verifier/node';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FreshnessFeed } from '../../core/authority/freshness-feed.ts';
import { Refusal } from '../../core/refusal.ts';
import { createSecretMask } from '../../log/secret-mask.ts';
import type { Client } from '../../store/authority/client-store.ts';
import { type AppParts, createApp, loggedPath, refuseOtherMethods } from '../app.ts';
import { clientAddress, trusting } from '../client-address.ts';
import { addHealthRoutes, type HealthParts } from '../health.ts';
import { sendProblem } from '../problem.ts';
import { nextRequestId } from '../request-id.ts';
import type { ClientGate } from './client-gate.ts';
import { addFreshnessRoutes } from './freshness.ts';
import { createIntrospectHandler } from './introspect.ts';
import { addMetricsRoute, type MetricsRouteParts } from './metrics-route.ts';
import { addUseReportRoute, type UseReportParts } from './use-reports.ts';
import { answerUnavailable, createVerifyHandler, refuse } from './verify.ts';

export type VerificationAppParts = AppParts &
  HealthParts &
  Pick<MetricsRouteParts, 'metricsText'> & {
    readonly verifier: Pick<Verifier, 'verifyNow'>;
    readonly gate: ClientGate;
    readonly feed: FreshnessFeed;
    /** What becomes of reports of uses. */
    readonly reports: Omit<UseReportParts, 'reporterOf'>;
    /** Whether everything must be asked with a client credential: always, unless bound to loopback or opened by the operator. */
    readonly demandsCredential: boolean;
  };

const ALL_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Gateways ask at few addresses; more than these are somebody's guesses, and are read each time. */
const ADDRESSES_MAX = 1000;

export async function createVerificationApp(parts: VerificationAppParts): Promise<FastifyInstance> {
  const { verifier, gate, demandsCredential, log } = parts;
  const trust = trusting(parts.trustedProxies);
  const mask = createSecretMask(parts.tokenPrefix);
  const verify = createVerifyHandler({ verifier, gate, demandsCredential, trust });
  const introspect = createIntrospectHandler({ verifier, gate });
  const scopes = new Map<string, string>();

  /** The scope that an address like `/verify/reports:editor` demands; null: the address demands none. */
  function scopeOf(url: string): string | null {
    const known = scopes.get(url);
    if (known !== undefined) return known;
    const text = url.slice('/verify/'.length);
    if (!parseDemandedScope(text)) return null;
    if (scopes.size < ADDRESSES_MAX) scopes.set(url, text);
    return text;
  }

  function front(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url ?? '';
    const scope = url === '/verify' ? undefined : url.startsWith('/verify/') ? scopeOf(url) : null;
    if (scope === null && (url !== '/introspect' || request.method !== 'POST')) return false;
    const requestId = nextRequestId();
    if (log.level === 'debug' || log.level === 'trace') logWhenAnswered(request, response, requestId);
    try {
      if (scope === null) introspect(request, response, requestId);
      else verify(request, response, scope, requestId);
    } catch (error) {
      log.error({ err: error, reqId: requestId }, 'a token could not be checked');
      answerUnavailable(response, requestId);
    }
    return true;
  }

  function logWhenAnswered(request: IncomingMessage, response: ServerResponse, reqId: string): void {
    const startedAtMs = performance.now();
    const { method, url = '' } = request;
    const address = clientAddress(request.socket, undefined, trust);
    response.once('close', () => {
      const ms = Math.round((performance.now() - startedAtMs) * 10) / 10;
      const path = loggedPath(url, mask);
      log.debug({ reqId, method, path, status: response.statusCode, ms, address }, 'request');
    });
  }

  const app = createApp({ ...parts, front });
  for (const url of ['/verify', '/verify/*']) {
    app.route({
      method: ALL_METHODS,
      url,
      // In the route, not by the address's spelling: whatever leads here is judged. Before the body, which is the service's business.
      onRequest: async (request, reply) => {
        const scope = url === '/verify' ? undefined : (request.params as { '*': string })['*'];
        reply.hijack();
        if (scope !== undefined && !parseDemandedScope(scope)) refuse(reply.raw, 404, null, request.id);
        else verify(request.raw, reply.raw, scope, request.id);
      },
      handler: async () => {},
    });
  }
  app.post('/introspect', {
    onRequest: async (request, reply) => {
      reply.hijack();
      introspect(request.raw, reply.raw, request.id);
    },
    handler: async () => {},
  });
  refuseOtherMethods(app, '/introspect', ['POST']);
  addFreshnessRoutes(app, {
    ...parts,
    prefixes: [parts.tokenPrefix],
    admit: (request) => admitService(request, parts),
  });
  addUseReportRoute(app, { ...parts.reports, reporterOf: (request) => serviceOf(request, gate) });
  addMetricsRoute(app, parts);
  addHealthRoutes(app, parts);
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, 'not_found', 'There is nothing at this address.'),
  );
  await app.ready();
  return app;
}

async function admitService(
  request: FastifyRequest,
  { gate, demandsCredential }: Pick<VerificationAppParts, 'gate' | 'demandsCredential'>,
): Promise<void> {
  if (!demandsCredential) return;
  await serviceOf(request, gate);
}

/** Whose credential it came with. */
async function serviceOf(request: FastifyRequest, gate: ClientGate): Promise<Client> {
  const client = await gate.identify(request.headers.authorization);
  if (client === 'unavailable') {
    throw new Refusal('unavailable', 'The credential cannot be checked right now. Ask again in a moment.');
  }
  if (client === 'refused') {
    throw new Refusal(
      'forbidden',
      'This needs a client credential as Authorization: Basic. lencana client create makes one.',
    );
  }
  return client;
}
