/** What the protocol stands on, each taken out alone: by a change of its source, or in the modelled database where it lives in SQL. */
import type { DatabaseRules } from './database.ts';
import type { Mutation } from './protocol.ts';

/** Seeds from 1 on that `npm test` runs, and in which each mutation must be noticed. */
export const DEFAULT_SEEDS = 2000;

export type Mechanism = {
  readonly name: string;
  /** What its lack breaks, as the violations begin. */
  readonly breaks: 'P1' | 'LIVE' | 'JOIN';
  readonly source?: Mutation;
  readonly rules?: Partial<DatabaseRules>;
};

const LEASE = 'packages/verifier/src/lease.ts';
const CACHE = 'packages/verifier/src/leased-cache.ts';
const PARTS = 'packages/verifier/src/cached-parts.ts';
const FINALITY = 'packages/server/src/core/authority/finality.ts';
const FEED = 'packages/server/src/core/authority/freshness-feed.ts';
const SERVICE = 'packages/server/src/core/tokens/token-service.ts';

export const MECHANISMS: readonly Mechanism[] = [
  { name: 'seq in the order of commits', breaks: 'P1', rules: { seqInCommitOrder: false } },
  { name: 'a sync on a connection of its own', breaks: 'P1', rules: { readsCommittedOnly: false } },
  {
    name: 'a sync that writes, so that a fenced primary gives no lease',
    breaks: 'P1',
    rules: { syncWrites: false },
  },
  { name: 'registration before the first sync', breaks: 'P1', rules: { registersFirst: false } },
  { name: 'creations in the log', breaks: 'LIVE', rules: { logsCreations: false } },
  {
    name: 'the lease asked at the verdict',
    breaks: 'P1',
    source: { file: LEASE, is: 'if (nowMs >= untilMs) return Number.NaN;', becomes: '' },
  },
  {
    name: 'a loaded row checked against changes since its load began',
    breaks: 'P1',
    source: {
      file: CACHE,
      is: 'return kept(answer, turn);',
      becomes: 'return kept(answer, stamps.turn);',
    },
  },
  {
    name: 'the answerer’s place',
    breaks: 'P1',
    source: { file: CACHE, is: 'answer.seq < asked.seq', becomes: 'false' },
  },
  {
    name: 'the wait',
    breaks: 'P1',
    source: { file: FINALITY, is: 'fromMs + finalAfterMs(freshnessMs)', becomes: 'fromMs' },
  },
  {
    name: 'the wait of a second call',
    breaks: 'P1',
    source: {
      file: SERVICE,
      is: "const refusedEverywhereAtMs = await parts.finality.settled('The token is deleted');",
      becomes:
        "const refusedEverywhereAtMs = clock() - (token.revokedAtMs ?? 0) > 20 ? 0 : await parts.finality.settled('');",
    },
  },
  {
    name: 'the largest S from the database',
    breaks: 'P1',
    source: { file: FINALITY, is: 'await largestFreshness(parts, fromMs, done)', becomes: '1000' },
  },
  {
    name: 'the history of the log',
    breaks: 'P1',
    source: { file: LEASE, is: 'answer.history !== from.history ||', becomes: '' },
  },
  {
    name: 'the history of a loaded row',
    breaks: 'P1',
    source: { file: CACHE, is: ' || answer.history !== asked.history', becomes: '' },
  },
  {
    name: 'a gap longer than changes are kept',
    breaks: 'P1',
    source: { file: LEASE, is: '||\n    from.seq < answer.keptAfterSeq', becomes: '' },
  },
  {
    name: 'a lease from the start of its sync',
    breaks: 'P1',
    source: {
      file: LEASE,
      is: 'const endsMs = fromMs + Math.min',
      becomes: 'const endsMs = clock.monotonicMs() + Math.min',
    },
  },
  {
    name: 'the remainder along the chain',
    breaks: 'P1',
    source: {
      file: FEED,
      is: 'const leaseMs = lease.remainingMs();',
      becomes: 'const leaseMs = freshnessMs;',
    },
  },
  {
    name: 'the jump between the clocks',
    breaks: 'P1',
    source: {
      file: LEASE,
      is: 'if (jumpMs > CLOCK_JUMP_MS || jumpMs < -CLOCK_JUMP_MS) return Number.NaN;',
      becomes: '',
    },
  },
  {
    name: 'the truth of every entry that a verdict is joined from',
    breaks: 'P1',
    source: {
      file: CACHE,
      is: 'for (const part of entry.parts)',
      becomes: 'for (const part of entry.parts.slice(0, 1))',
    },
  },
  {
    name: 'the truth of a holder’s entry that is near',
    breaks: 'P1',
    source: { file: PARTS, is: ' && isTruePart(near, this.#stamps)', becomes: '' },
  },
  {
    name: 'the truth of a holder’s entry in the table',
    breaks: 'P1',
    source: { file: PARTS, is: ' || shard.isChanged(slot, this.#stamps)', becomes: '' },
  },
  {
    name: 'what was read ahead of the log, kept from what is cached',
    breaks: 'JOIN',
    source: { file: CACHE, is: 'seq > (lease.position()?.seq ?? -1)', becomes: 'seq < 0' },
  },
  {
    name: 'the place at which a node read what it tells',
    breaks: 'JOIN',
    source: { file: FEED, is: 'momentOf(entries, position.seq)', becomes: 'position.seq' },
  },
];
