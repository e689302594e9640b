/**
 * `/metrics` on the verification listener. Where that demands a client credential, this does too: as `Authorization: Basic`, which is
 * what Prometheus can send, or in the header that `/verify` takes.
 */
import type { FastifyInstance } from 'fastify';
import { METRICS_TYPE } from '../../metrics/metrics.ts';
import { refuseOtherMethods } from '../app.ts';
import { sendProblem } from '../problem.ts';
import type { ClientGate } from './client-gate.ts';

export type MetricsRouteParts = {
  /** The metrics of this node, in Prometheus' text format. */
  readonly metricsText: () => Promise<string>;
  readonly gate: Pick<ClientGate, 'admit'>;
  readonly demandsCredential: boolean;
};

export function addMetricsRoute(app: FastifyInstance, parts: MetricsRouteParts): void {
  app.get('/metrics', { logLevel: 'silent' }, async (request, reply) => {
    if (parts.demandsCredential) {
      const { authorization, 'lencana-client-authorization': own } = request.headers;
      const admission = await parts.gate.admit(authorization ?? (typeof own === 'string' ? own : undefined));
      if (admission === 'unavailable') {
        return sendProblem(request, reply, 'unavailable', 'The credential cannot be checked right now.');
      }
      if (admission === 'refused') {
        reply.header('www-authenticate', 'Basic realm="lencana"');
        return sendProblem(
          request,
          reply,
          'unauthenticated',
          'Metrics are told to clients only. lencana client create makes a credential; send it as Basic.',
        );
      }
    }
    return reply.type(METRICS_TYPE).send(await parts.metricsText());
  });
  refuseOtherMethods(app, '/metrics', ['GET']);
}
