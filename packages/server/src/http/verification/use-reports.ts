/**
 * `POST /freshness/uses`: what verifiers inside services saw. Needs a service credential everywhere, because it is written under its
 * name: without one, any program on the machine could say that a token was used where it was not. What is said is bounded, must be
 * able to be true, and counts once however often it is sent.
 */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { isKnownTokenRefusal } from '@lencana/verifier/node';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Clock } from '../../core/ports.ts';
import { Refusal } from '../../core/refusal.ts';
import { type Allowance, createAllowance } from '../../core/usage/allowance.ts';
import type { Reporter, TokenOwner, UsageRecorder } from '../../core/usage/usage-recorder.ts';
import { refuseImplausible, type SeenByService, type UseReport } from '../../core/usage/use-report.ts';
import type { BatchRegister } from '../../store/tokens/reported-uses.ts';
import { readAddress } from '../address-text.ts';
import { refuseOtherMethods } from '../app.ts';

export type UseReportParts = {
  readonly usage: Pick<UsageRecorder, 'reportUse' | 'reportRefusals'>;
  readonly ownersOf: (tokenIds: readonly string[]) => Promise<readonly TokenOwner[]>;
  readonly batches: Pick<BatchRegister, 'count'>;
  /** Epoch milliseconds. */
  readonly clock: Clock;
  /** Who asks, or throws a Refusal. */
  readonly reporterOf: (request: FastifyRequest) => Promise<Reporter>;
};

/** Uses and refusals in one report, and its bytes. */
const ENTRIES_MAX = 500;
const REPORT_BYTES_MAX = 256 * 1024;
/** Of one service, whatever the number of its verifiers: entries a second, and at once after a while without any. */
const ENTRIES_PER_SECOND = 2000;
const ENTRIES_AT_ONCE = 20_000;
/** Services whose rate is remembered. */
const REPORTERS_MAX = 10_000;

// What a database takes: PostgreSQL's texts hold no NUL.
const text = (maxLength: number) =>
  Type.Union([Type.String({ maxLength, pattern: '^[^\\u0000]*$' }), Type.Null()]);

/** Members that only a newer verifier knows inform, and are passed over. */
const Seen = {
  token_id: Type.String({ pattern: '^\\w{1,64}$' }),
  secret_id: Type.Optional(text(64)),
  scope: Type.Optional(text(1000)),
  at_ms: Type.Integer({ minimum: 0 }),
  address: text(100),
  agent: text(200),
};
const Used = Type.Object(Seen);
const Refused = Type.Object({
  ...Seen,
  // A newer verifier may have reasons of its own.
  reason: Type.String({ pattern: '^[a-z][a-z_]{0,63}$' }),
  count: Type.Integer({ minimum: 1, maximum: 1_000_000_000 }),
  first_at_ms: Type.Integer({ minimum: 0 }),
});
const ReportBody = Type.Object({
  instance: Type.String({ pattern: '^[\\w-]{16,64}$' }),
  batch: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
  uses: Type.Array(Used, { maxItems: ENTRIES_MAX }),
  refusals: Type.Optional(Type.Array(Refused, { maxItems: ENTRIES_MAX })),
});

export function addUseReportRoute(plain: FastifyInstance, parts: UseReportParts): void {
  const { usage, ownersOf, batches, clock } = parts;
  const refuseTooMany = rateLimit(clock);
  const reporters = new WeakMap<FastifyRequest, Reporter>();
  // Before the body is read: nobody without a credential is listened to.
  const identify = async (request: FastifyRequest) =>
    void reporters.set(request, await parts.reporterOf(request));

  plain
    .withTypeProvider<TypeBoxTypeProvider>()
    .post(
      '/freshness/uses',
      { schema: { body: ReportBody }, bodyLimit: REPORT_BYTES_MAX, onRequest: identify },
      async (request, reply) => {
        const reporter = reporters.get(request) as Reporter;
        const report = reportOf(request.body);
        const nowMs = clock();
        const entries = [...report.uses, ...report.refusals];
        if (entries.length > ENTRIES_MAX) throw tooManyEntries();
        refuseTooMany(reporter, entries.length);
        refuseImplausible(report, nowMs, (address) => readAddress(address) !== null);
        // Nothing is written of a token that is not there: a service is not believed about that.
        const known = await ownersOf([...new Set(entries.map(({ tokenId }) => tokenId))]);
        const { instanceId, batch } = report;
        const outcome = await batches.count({ clientId: reporter.id, instanceId, batch, atMs: nowMs });
        if (outcome === 'too_many_instances') throw tooManyVerifiers();
        if (outcome === 'counted') record(report, reporter, known, nowMs);
        return reply.code(204).send();
      },
    );
  refuseOtherMethods(plain, '/freshness/uses', ['POST']);

  function record(
    { uses, refusals }: UseReport,
    reporter: Reporter,
    known: readonly TokenOwner[],
    nowMs: number,
  ): void {
    const owners = new Map(known.map((owner) => [owner.tokenId, owner]));
    // A clock that is a little ahead makes no use of the future.
    const useOf = ({ tokenId, atMs, address, agent }: SeenByService) => ({
      tokenId,
      atMs: Math.min(atMs, nowMs),
      // One spelling, without a zone, in which a service could write what it likes.
      address: address === null ? null : readAddress(address),
      agent,
    });
    for (const use of uses) if (owners.has(use.tokenId)) usage.reportUse({ ...useOf(use), reporter });
    for (const refusal of refusals) {
      const owner = owners.get(refusal.tokenId);
      if (!owner) continue;
      const { count, secretId, scope } = refusal;
      // Made-up reasons count as one, so that they make no more rows than one.
      const [reason, word] = isKnownTokenRefusal(refusal.reason)
        ? ([refusal.reason, null] as const)
        : (['other', refusal.reason] as const);
      const firstAtMs = Math.min(refusal.firstAtMs, nowMs);
      const reported = { reporter, reason: word, secretId, scope };
      usage.reportRefusals(owner, { reason, count, firstAtMs, last: useOf(refusal), reported });
    }
  }
}

/** @returns throws a Refusal when a service has reported too much */
function rateLimit(clock: Clock): (reporter: Reporter, entries: number) => void {
  const allowances = new Map<string, Allowance>();
  return ({ id }, entries) => {
    let allowance = allowances.get(id);
    if (!allowance) {
      if (allowances.size >= REPORTERS_MAX) allowances.clear();
      allowance = createAllowance(ENTRIES_PER_SECOND, ENTRIES_AT_ONCE, clock);
      allowances.set(id, allowance);
    }
    // An empty report costs as much as one entry.
    if (!allowance.takeWhole(Math.max(1, entries))) throw tooManyReports();
  };
}

function reportOf({ instance, batch, uses, refusals = [] }: Static<typeof ReportBody>): UseReport {
  return {
    instanceId: instance,
    batch,
    uses: uses.map(seenOf),
    refusals: refusals.map((refusal) => ({
      ...seenOf(refusal),
      reason: refusal.reason,
      count: refusal.count,
      firstAtMs: refusal.first_at_ms,
    })),
  };
}

function seenOf(seen: Static<typeof Used>): SeenByService {
  const { token_id, secret_id = null, scope = null, at_ms, address, agent } = seen;
  return { tokenId: token_id, secretId: secret_id, scope, atMs: at_ms, address, agent };
}

const tooManyEntries = () =>
  new Refusal(
    'invalid_request',
    `A report has ${ENTRIES_MAX} uses and refusals at most. Send the rest as another batch.`,
  );
const tooManyReports = () =>
  new Refusal(
    'too_many_reports',
    'This service reports more than is taken. Send the same batch again in a few seconds.',
  );
const tooManyVerifiers = () =>
  new Refusal(
    'too_many_reports',
    'Too many verifiers reported with this service credential today. Use one verifier for all requests, and a credential for each service.',
  );
