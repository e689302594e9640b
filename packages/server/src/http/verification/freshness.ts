/**
 * `/freshness`: what verifiers inside services ask, see `FreshnessFeed`. JSON over HTTP; service credentials as `Authorization: Basic`
 * where the listener demands one. Services send digests of secrets, never secrets.
 */

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { type HashWords, type Position, wordsOfBytes } from '@lencana/verifier/node';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { FreshnessFeed } from '../../core/authority/freshness-feed.ts';
import { Refusal } from '../../core/refusal.ts';
import type { TokenOwner, UsageRecorder } from '../../core/usage/usage-recorder.ts';
import { refuseOtherMethods } from '../app.ts';

export type FreshnessParts = {
  readonly feed: FreshnessFeed;
  readonly usage: Pick<UsageRecorder, 'usedBefore' | 'refusedBefore'>;
  readonly ownersOf: (tokenIds: readonly string[]) => Promise<readonly TokenOwner[]>;
  /** Lets a request in or throws a Refusal. */
  readonly admit: (request: FastifyRequest) => Promise<void>;
};

/** How many secrets one request may ask about. */
const KEYS_MAX = 100;
const REPORTS_MAX = 1000;
/** Largest bodies that are read, in bytes. */
const LOAD_BYTES_MAX = 16 * 1024;
const REPORT_BYTES_MAX = 64 * 1024;

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

const Seen = {
  token_id: Type.String({ pattern: '^\\w{1,64}$' }),
  at_ms: Type.Integer({ minimum: 0 }),
  // What a database takes: PostgreSQL's texts hold no NUL.
  address: Type.Union([Type.String({ maxLength: 100, pattern: '^[^\\u0000]*$' }), Type.Null()]),
  client: Type.Union([Type.String({ maxLength: 200, pattern: '^[^\\u0000]*$' }), Type.Null()]),
};

const Refused = {
  ...Seen,
  reason: Type.Union([
    Type.Literal('secret_replaced'),
    Type.Literal('revoked'),
    Type.Literal('expired'),
    Type.Literal('holder_deactivated'),
    Type.Literal('insufficient_scope'),
  ]),
  count: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
  first_at_ms: Type.Integer({ minimum: 0 }),
};

const UsesBody = Type.Object(
  {
    uses: Type.Array(Type.Object(Seen, { additionalProperties: false }), { maxItems: REPORTS_MAX }),
    refusals: Type.Optional(
      Type.Array(Type.Object(Refused, { additionalProperties: false }), { maxItems: REPORTS_MAX }),
    ),
  },
  { additionalProperties: false },
);

export function addFreshnessRoutes(plain: FastifyInstance, parts: FreshnessParts): void {
  const { feed, usage, admit } = parts;
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

  app.post(
    '/freshness/uses',
    { schema: { body: UsesBody }, bodyLimit: REPORT_BYTES_MAX, preValidation: admit },
    async (request, reply) => {
      const { uses, refusals = [] } = request.body;
      // Nothing is written of a token that is not there: a service is not believed about that.
      const known = await parts.ownersOf([
        ...new Set([...uses, ...refusals].map(({ token_id }) => token_id)),
      ]);
      const owners = new Map(known.map((owner) => [owner.tokenId, owner]));
      for (const { token_id, reason, count, first_at_ms, at_ms, address, client } of refusals) {
        const owner = owners.get(token_id);
        const last = { tokenId: token_id, atMs: at_ms, address, client };
        if (owner) usage.refusedBefore(owner, reason, { count, firstAtMs: first_at_ms, last });
      }
      for (const { token_id, at_ms, address, client } of uses) {
        if (owners.has(token_id)) usage.usedBefore({ tokenId: token_id, atMs: at_ms, address, client });
      }
      return reply.code(204).send();
    },
  );
  refuseOtherMethods(plain, '/freshness/uses', ['POST']);
}

function keyOf(text: string): HashWords {
  return wordsOfBytes(Buffer.from(text, 'base64url'));
}

function noLease(_reply: FastifyReply): never {
  throw new Refusal('unavailable', 'This node cannot vouch for anything right now. Ask again in a moment.');
}
