/** `/api/v1/portal`: what the pages must know before anyone is signed in. Public; says nothing about accounts. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { SetupState, SignUpMode } from '../../accounts/admission.ts';
import { refuseOtherMethods } from '../app.ts';
import { problemResponses } from './schemas.ts';

export type PortalInfoParts = {
  readonly name: string;
  readonly publicUrl: string;
  readonly tokenPrefix: string;
  readonly signUp: SignUpMode;
  readonly mail: boolean;
  readonly setupState: () => Promise<SetupState>;
};

export function addPortalInfoRoute(plain: FastifyInstance, parts: PortalInfoParts): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  app.get('/api/v1/portal', {
    schema: {
      tags: ['Portal'],
      operationId: 'getPortal',
      summary: 'About this portal',
      security: [],
      response: {
        200: Type.Object({
          name: Type.String(),
          public_url: Type.String({ description: 'Where people open the portal.' }),
          token_prefix: Type.String(),
          sign_up: Type.Object({
            mode: Type.Enum(['open', 'domains', 'invitation']),
            domains: Type.Array(Type.String(), {
              description: 'With mode `domains`: whose addresses may sign up.',
            }),
          }),
          setup: Type.Enum(['done', 'code'], {
            description:
              '`code`: there is no administrator yet, and the first account, which becomes it, needs the set-up code.',
          }),
          mail: Type.Boolean({ description: 'Whether the portal sends mail.' }),
        }),
        ...problemResponses(503),
      },
    },
    handler: async () => ({
      name: parts.name,
      public_url: parts.publicUrl,
      token_prefix: parts.tokenPrefix,
      sign_up: {
        mode: parts.signUp.mode,
        domains: parts.signUp.mode === 'domains' ? [...parts.signUp.domains] : [],
      },
      setup: await parts.setupState(),
      mail: parts.mail,
    }),
  });
  refuseOtherMethods(plain, '/api/v1/portal', ['GET']);
}
