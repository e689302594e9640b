/** `/api/v1/me`: who the caller is, and by what. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { SessionUser } from '../../core/access/session-user.ts';
import { refuseOtherMethods } from '../app.ts';
import type { CallerReader } from './caller.ts';
import { problemResponses, UserSchema } from './schemas.ts';

export const userOnTheWire = (user: SessionUser) => ({
  id: user.id,
  name: user.name,
  email: user.email,
  email_verified: user.emailVerified,
  phone_number: user.phoneNumber,
  role: user.role,
  organization: user.organization,
});

export function addMeRoute(plain: FastifyInstance, callerOf: CallerReader): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  app.addSchema(UserSchema);
  app.get('/api/v1/me', {
    schema: {
      tags: ['Account'],
      operationId: 'getMe',
      summary: 'Who you are',
      response: {
        200: Type.Object({
          user: Type.Ref('User'),
          authenticated_by: Type.Enum(['session', 'token']),
          token: Type.Union([Type.Object({ id: Type.String(), name: Type.String() }), Type.Null()], {
            description: 'The token that was presented, null for a session.',
          }),
        }),
        ...problemResponses(401, 409, 503),
      },
    },
    handler: async (request) => {
      const { user, token } = await callerOf(request);
      return {
        user: userOnTheWire(user),
        authenticated_by: token ? ('token' as const) : ('session' as const),
        token: token && { id: token.id, name: token.name },
      };
    },
  });
  refuseOtherMethods(plain, '/api/v1/me', ['GET']);
}
