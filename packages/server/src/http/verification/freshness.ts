/**
 * `/freshness`: what verifiers inside services ask, see `FreshnessFeed`; what they report is in use-reports.ts. JSON over HTTP; service credentials as `Authorization: Basic`
 * where the listener demands one. Services send digests of secrets, never secrets.
 */

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { type HashWords, type Position, wordsOfBytes } from '@lencana/verifier/node';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { FreshnessFeed } from '../../core/authority/freshness-feed.ts';
import { Refusal } from '../../core/refusal.ts';
import { refuseOtherMethods } from '../app.ts';

export type FreshnessParts = {
  readonly feed: FreshnessFeed;
  /** Lets a request in or throws a Refusal. */
  readonly admit: (request: FastifyRequest) => Promise<void>;
};

/** How many secrets one request may ask about. */
const KEYS_MAX = 100;
/** Largest body that is read, in bytes. */
const LOAD_BYTES_MAX = 16 * 1024;

const After = Type.Union([
  Type.Object({ history: Type.String({ maxLength: 200 }), seq: Type.Integer({ minimum: 0 }) }),
  Type.Null(),
]);

const SyncBody = Type.Object(
  {
    after: After,
    hold_ms: Type.Number({ minimum: 0, maximum: 60_000 }),
  },
  { additionalProperties: false },
);

const LoadBody = Type.Object(
  {
    keys: Type.Array(Type.String({ pattern: '^[\\w-]{43}$' }), { minItems: 1, maxItems: KEYS_MAX }),
    after: Type.Optional(After),
  },
  { additionalProperties: false },
);

export function addFreshnessRoutes(plain: FastifyInstance, parts: FreshnessParts): void {
  const { feed, admit } = parts;
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  app.post('/freshness', { schema: { body: SyncBody }, preValidation: admit }, async (request, reply) => {
    const { after, hold_ms } = request.body;
    const answer = await feed.sync(after as Position | null, hold_ms);
    if (answer === null) return noLease(reply);
    return reply.send({
      history: answer.history,
      seq: answer.seq,
      changes: answer.changes,
      kept_after_seq: answer.keptAfterSeq,
      lease_ms: answer.leaseMs,
      now_ms: answer.nowMs,
    });
  });
  refuseOtherMethods(plain, '/freshness', ['POST']);

  app.post(
    '/freshness/load',
    { schema: { body: LoadBody }, bodyLimit: LOAD_BYTES_MAX, preValidation: admit },
    async (request, reply) => {
      const answer = await feed.load(
        request.body.keys.map(keyOf),
        (request.body.after ?? null) as Position | null,
      );
      return answer === null ? noLease(reply) : reply.send(answer);
    },
  );
  refuseOtherMethods(plain, '/freshness/load', ['POST']);
}

function keyOf(text: string): HashWords {
  return wordsOfBytes(Buffer.from(text, 'base64url'));
}

function noLease(_reply: FastifyReply): never {
  throw new Refusal('unavailable', 'This node cannot vouch for anything right now. Ask again in a moment.');
}
