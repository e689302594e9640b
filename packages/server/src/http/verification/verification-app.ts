/** The verification listener: what gateways and services ask, on a port of its own that need not face the internet. */

import type { Verifier } from '@lencana/verifier';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from '../../core/refusal.ts';
import { type AppParts, createApp } from '../app.ts';
import { addHealthRoutes, type HealthParts } from '../health.ts';
import { addMetricsRoute, type MetricsRouteParts } from '../metrics/metrics-route.ts';
import { sendProblem } from '../problem.ts';
import { basicCredential, type ClientAuthenticator } from './client-credential.ts';
import { addIntrospectRoute } from './introspect.ts';
import { addVerifyRoutes } from './verify.ts';

export type VerificationAppParts = AppParts &
  HealthParts &
  Pick<MetricsRouteParts, 'metricsText'> & {
    readonly verifier: Verifier;
    readonly authenticate: ClientAuthenticator;
    /** Whether `/verify` and `/metrics` must be asked with a client credential: always, unless bound to loopback or opened by the operator. */
    readonly demandsCredential: boolean;
  };

export async function createVerificationApp(parts: VerificationAppParts): Promise<FastifyInstance> {
  const app = createApp(parts);
  const admit = async (request: FastifyRequest) => {
    if (!parts.demandsCredential) return;
    const header = request.headers['lencana-client-authorization'];
    const credential = basicCredential(typeof header === 'string' ? header : undefined);
    if (await parts.authenticate(credential)) return;
    throw new Refusal(
      'forbidden',
      'Verification from elsewhere needs a client credential in Lencana-Client-Authorization. lencana client create makes one.',
    );
  };
  addVerifyRoutes(app, parts.verifier, admit);
  addIntrospectRoute(app, parts.verifier, parts.authenticate);
  addMetricsRoute(app, parts);
  addHealthRoutes(app, parts);
  app.setNotFoundHandler((request, reply) =>
    sendProblem(request, reply, 'not_found', 'There is nothing at this address.'),
  );
  await app.ready();
  return app;
}
