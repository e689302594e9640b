/** `/healthz`: the process answers. `/readyz`: it can also decide (it holds a lease). For balancers and supervisors; says no more. */
import type { FastifyInstance } from 'fastify';

export type HealthParts = { readonly isReady: () => Promise<boolean> };

export function addHealthRoutes(app: FastifyInstance, { isReady }: HealthParts): void {
  const schema = { hide: true } as Record<string, unknown>;
  app.get('/healthz', { schema, logLevel: 'silent' }, async (_request, reply) =>
    reply.type('text/plain').send('ok\n'),
  );
  app.get('/readyz', { schema, logLevel: 'silent' }, async (_request, reply) => {
    const ready = await isReady();
    return reply
      .code(ready ? 200 : 503)
      .type('text/plain')
      .send(ready ? 'ready\n' : 'not ready\n');
  });
}
