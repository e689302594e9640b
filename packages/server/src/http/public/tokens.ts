/** `/api/v1/tokens`: create, list, get, delete. Reads requests and writes answers; what is allowed is the token service's. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { type Clock, SORT_KEYS, type SortKey, TOTAL_MAX } from '../../core/ports.ts';
import { TOKEN_STATUSES, type TokenStatus } from '../../core/tokens/token.ts';
import type { TokenService } from '../../core/tokens/token-service.ts';
import { refuseOtherMethods } from '../app.ts';
import type { CallerReader } from './caller.ts';
import { problemResponses, TokenSchema, tokenOnWire } from './schemas.ts';

export type TokenRoutesParts = {
  readonly tokens: TokenService;
  readonly callerOf: CallerReader;
  readonly clock: Clock;
  /** Writes uses that are still in memory, so that a list shows them. */
  readonly flushUsage: () => Promise<void>;
};

const SORTS = SORT_KEYS.flatMap((key) => [key, `-${key}`]);
const TokenParams = Type.Object({ id: Type.String({ maxLength: 200 }) });

/** null says the same as nothing, so that what an answer says can be sent again. */
const optionalText = (description: string) =>
  Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'], description }));

const CreateBody = Type.Object(
  {
    name: Type.String({
      description:
        '1 to 100 characters after trimming, no control characters; unique among your tokens, without case.',
    }),
    expires_on: optionalText('The last day on which the token works, `YYYY-MM-DD`, in `time_zone`.'),
    time_zone: optionalText('IANA time zone of `expires_on`, e.g. `Asia/Jakarta`.'),
    expires_at: optionalText(
      'RFC 3339 instant, instead of `expires_on`. Neither, or null as in answers: the token never ends.',
    ),
  },
  { additionalProperties: false },
);

const CreateHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 22,
      maxLength: 255,
      pattern: '^[!-~]+$',
      description:
        'At least 128 random bits, e.g. 32 hexadecimal digits. A retry with the same key and body gets the same token and the same secret for ten minutes.',
    }),
  ),
});

const ListQuery = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: 100, description: 'Part of the name, without case.' })),
    status: Type.Optional(
      Type.Enum([...TOKEN_STATUSES], { description: 'Without it: all that were not deleted.' }),
    ),
    sort: Type.Optional(Type.Enum(SORTS, { default: '-created_at', description: '`-` for descending.' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
    cursor: Type.Optional(
      Type.String({
        maxLength: 1000,
        description: 'The `next_cursor` of the page before, with the same `sort`.',
      }),
    ),
  },
  { additionalProperties: false },
);

const DeleteQuery = Type.Object(
  {
    made: Type.Optional(
      Type.Enum(['keep', 'delete'], {
        default: 'keep',
        description:
          '`delete`: the tokens that this one made go with it, and those that they made, and so on.',
      }),
    ),
  },
  { additionalProperties: false },
);

export function addTokenRoutes(plain: FastifyInstance, parts: TokenRoutesParts): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  app.addSchema(TokenSchema);
  const tags = ['Tokens'];

  app.post('/api/v1/tokens', {
    schema: {
      tags,
      operationId: 'createToken',
      summary: 'Create a token',
      description: 'The answer holds the secret, this once. What a token creates never outlives it.',
      headers: CreateHeaders,
      body: CreateBody,
      response: {
        201: Type.Object({
          token: Type.Ref('Token'),
          secret: Type.String({ description: 'Shown this once.' }),
        }),
        ...problemResponses(400, 401, 403, 409, 422, 503),
      },
    },
    handler: async (request, reply) => {
      const caller = await parts.callerOf(request);
      const { name, expires_on, time_zone, expires_at } = request.body;
      const wanted = {
        name,
        expiresOn: expires_on ?? undefined,
        timeZone: time_zone ?? undefined,
        expiresAt: expires_at ?? undefined,
      };
      const key = request.headers['idempotency-key'] ?? null;
      const { token, secret } = await parts.tokens.create(caller, wanted, key);
      reply.header('location', `/api/v1/tokens/${token.id}`).header('cache-control', 'no-store');
      return reply.code(201).send({ token: tokenOnWire(token, parts.clock()), secret: secret.reveal() });
    },
  });

  app.get('/api/v1/tokens', {
    schema: {
      tags,
      operationId: 'listTokens',
      summary: 'List your tokens',
      querystring: ListQuery,
      response: {
        200: Type.Object({
          tokens: Type.Array(Type.Ref('Token')),
          next_cursor: Type.Union([Type.String(), Type.Null()], { description: 'null on the last page.' }),
          total: Type.Integer({
            description: `How many match, on all pages. The count stops at ${TOTAL_MAX}, see \`total_is_capped\`.`,
          }),
          total_is_capped: Type.Boolean({ description: `Whether more than ${TOTAL_MAX} match.` }),
        }),
        ...problemResponses(400, 401, 409, 503),
      },
    },
    handler: async (request) => {
      const caller = await parts.callerOf(request);
      await flushed(request, parts);
      const { q, status, sort = '-created_at', limit = 20, cursor } = request.query;
      const page = await parts.tokens.list(caller, {
        // No name holds a NUL, and PostgreSQL cannot compare with one: it is sought as what stands for the unreadable.
        search: q?.trim() ? q.replaceAll('\0', '\ufffd') : null,
        status: (status as TokenStatus | undefined) ?? null,
        sort: sort.replace('-', '') as SortKey,
        descending: sort.startsWith('-'),
        limit,
        cursor: cursor ?? null,
      });
      return {
        tokens: page.tokens.map((token) => tokenOnWire(token, parts.clock())),
        next_cursor: page.nextCursor,
        total: page.total,
        total_is_capped: page.totalIsCapped,
      };
    },
  });
  refuseOtherMethods(plain, '/api/v1/tokens', ['GET', 'POST']);

  app.get('/api/v1/tokens/:id', {
    schema: {
      tags,
      operationId: 'getToken',
      summary: 'Get a token',
      params: TokenParams,
      response: {
        200: Type.Object({
          token: Type.Ref('Token'),
          made_tokens: Type.Integer({
            description: 'How many tokens that were not deleted it made, and those made, and so on.',
          }),
        }),
        ...problemResponses(401, 404, 409, 503),
      },
    },
    handler: async (request) => {
      const caller = await parts.callerOf(request);
      await flushed(request, parts);
      const token = await parts.tokens.get(caller, request.params.id);
      const made = await parts.tokens.countMade(caller, token.id);
      return { token: tokenOnWire(token, parts.clock()), made_tokens: made };
    },
  });

  app.delete('/api/v1/tokens/:id', {
    schema: {
      tags,
      operationId: 'deleteToken',
      summary: 'Delete a token',
      description:
        'Answers when nothing accepts the token any more: the freshness after the change was made, about a second by default. A second call finds it deleted and waits as long.',
      params: TokenParams,
      querystring: DeleteQuery,
      response: {
        200: Type.Object({
          token: Type.Ref('Token'),
          made_tokens: Type.Array(Type.Ref('Token'), {
            description: 'With `made=delete`: what was deleted with it.',
          }),
          refused_everywhere_at: Type.String({
            format: 'date-time',
            description: 'No request that started after this instant was accepted anywhere.',
          }),
        }),
        ...problemResponses(401, 403, 404, 409, 503),
      },
    },
    handler: async (request) => {
      const caller = await parts.callerOf(request);
      const withMade = request.query.made === 'delete';
      const { token, madeToo, refusedEverywhereAtMs } = await parts.tokens.revoke(
        caller,
        request.params.id,
        withMade,
      );
      return {
        token: tokenOnWire(token, parts.clock()),
        made_tokens: madeToo.map((made) => tokenOnWire(made, parts.clock())),
        refused_everywhere_at: new Date(refusedEverywhereAtMs).toISOString(),
      };
    },
  });
  refuseOtherMethods(plain, '/api/v1/tokens/:id', ['GET', 'DELETE']);
}

/** A list shows uses of a moment ago; that they cannot be written is no reason to show none. */
async function flushed(request: FastifyRequest, parts: TokenRoutesParts): Promise<void> {
  await parts.flushUsage().catch((error) => request.log.warn({ err: error }, 'uses could not be written'));
}
