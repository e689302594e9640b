/**
 * `/freshness`: what verifiers inside services ask, see `FreshnessFeed`; what they report is in use-reports.ts. JSON over HTTP; service credentials as `Authorization: Basic`
 * where the listener demands one. Services send digests of secrets, never secrets.
 */

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import {
  KEYS_MAX,
  type LoadKey,
  missingRestrictions,
  type Position,
  writeLoadAnswer,
  writeSyncAnswer,
} from '@lencana/verifier/node';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { type FreshnessFeed, wiredLoads } from '../../core/authority/freshness-feed.ts';
import { Refusal } from '../../core/refusal.ts';
import { refuseOtherMethods } from '../app.ts';
import { DIGEST_PATTERN, joinedLoads, keyOfDigest, UNDERSTOOD_BY_0_1_0 } from './joined-loads.ts';

export type FreshnessParts = {
  readonly feed: FreshnessFeed;
  /** Prefixes of secrets that are accepted here. */
  readonly prefixes: readonly string[];
  /** Lets a request in or throws a Refusal. */
  readonly admit: (request: FastifyRequest) => Promise<void>;
};

/** Largest body that is read, in bytes. */
const LOAD_BYTES_MAX = 32 * 1024;

const After = Type.Union([
  Type.Object({ history: Type.String({ maxLength: 200 }), seq: Type.Integer({ minimum: 0 }) }),
  Type.Null(),
]);

// Members that a newer verifier sends only inform, and are passed over.
const SyncBody = Type.Object({ after: After, hold_ms: Type.Number({ minimum: 0, maximum: 60_000 }) });

/** A digest in base64url, whose last digit has four bits only, or an id. */
const KEY_PATTERN = '^(?:secret:[\\w-]{42}[AEIMQUYcgkosw048]|(?!secret:)[a-z][a-z_]{0,30}:[!-~]{1,200})$';

const LoadBody = Type.Object({
  keys: Type.Array(Type.String({ pattern: KEY_PATTERN }), { minItems: 1, maxItems: KEYS_MAX }),
  understands: Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 }),
  after: Type.Optional(After),
});

/** As verifiers of release 0.1.0 ask: digests alone, and nothing of what they understand. */
const JoinedLoadBody = Type.Object(
  {
    keys: Type.Array(Type.String({ pattern: DIGEST_PATTERN }), { minItems: 1, maxItems: KEYS_MAX }),
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
    if (answer === null) return noLease();
    return reply.send(writeSyncAnswer({ ...answer, prefixes: parts.prefixes }));
  });
  refuseOtherMethods(plain, '/freshness', ['POST']);

  app.post(
    '/freshness/load',
    {
      schema: { body: Type.Union([LoadBody, JoinedLoadBody]) },
      bodyLimit: LOAD_BYTES_MAX,
      preValidation: admit,
    },
    async ({ body }, reply) => {
      const asked = 'understands' in body ? body : null;
      const keys = asked ? (asked.keys as LoadKey[]) : body.keys.map(keyOfDigest);
      const answer = await feed.load(keys, (body.after ?? null) as Position | null);
      if (answer === null) return noLease();
      const wired = wiredLoads(answer, keys);
      const understands = asked?.understands ?? UNDERSTOOD_BY_0_1_0;
      const missing = missingRestrictions([...wired.loads, ...wired.along], understands);
      if (missing.length > 0) throw notUnderstood(missing);
      if (asked === null) return reply.send(joinedLoads(answer));
      return reply.send(writeLoadAnswer(wired));
    },
  );
  refuseOtherMethods(plain, '/freshness/load', ['POST']);
}

function notUnderstood(missing: readonly string[]): Refusal {
  return new Refusal(
    'not_understood',
    `A token that was asked about is restricted by ${missing.join(', ')}, which the verifier does not know. Install a newer verifier.`,
  );
}

function noLease(): never {
  throw new Refusal('unavailable', 'This node cannot vouch for anything right now. Ask again in a moment.');
}
