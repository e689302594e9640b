/** `/openapi.json`: the API described from the schemas that validate it (OpenAPI 3.1). */
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { ProblemSchema } from '../problem.ts';

export async function addOpenApi(app: FastifyInstance, version: string, portalName: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: `${portalName} API`,
        version,
        description:
          'Personal access tokens: create, list and delete them. Errors are RFC 9457 problem details with a stable code.',
      },
      tags: [{ name: 'Tokens' }, { name: 'Account' }, { name: 'Portal' }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'A personal access token.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'lencana-<deployment>.session_token',
            description:
              'Signed in to the portal; unsafe methods need its Origin. `<deployment>` is eight digits of this deployment’s own, and over https the name begins with `__Host-`.',
          },
        },
      },
      security: [{ token: [] }, { session: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) => String(json.$id ?? `schema-${index}`),
    },
  });
  app.addSchema(ProblemSchema);
  app.get('/openapi.json', { schema: { hide: true } as Record<string, unknown> }, async (_request, reply) =>
    reply.type('application/json').send(app.swagger()),
  );
}
