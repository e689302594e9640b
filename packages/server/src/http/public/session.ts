/** `/api/v1/session`: whose session the request carries. Nobody's is an answer, not a refusal: the portal asks at each first load. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { refuseOtherMethods } from '../app.ts';
import type { SessionOf } from './caller.ts';
import { userOnTheWire } from './me.ts';
import { problemResponses } from './schemas.ts';

export function addSessionRoute(plain: FastifyInstance, sessionOf: SessionOf): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  app.get('/api/v1/session', {
    schema: {
      tags: ['Account'],
      operationId: 'getSession',
      summary: 'Who is signed in',
      security: [],
      response: {
        200: Type.Object({
          user: Type.Union([Type.Ref('User'), Type.Null()], {
            description:
              'Whoever is signed in to the portal in this browser; null: nobody. Tokens do not count.',
          }),
        }),
        ...problemResponses(409, 503),
      },
    },
    handler: async (request) => {
      const session = await sessionOf(request);
      return { user: session && userOnTheWire(session.user) };
    },
  });
  refuseOtherMethods(plain, '/api/v1/session', ['GET']);
}
