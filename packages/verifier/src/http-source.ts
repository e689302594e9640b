/**
 * Another verifier's node as the source of authority, over HTTP: what a verifier inside a service asks. Sends SHA-256 digests, never a
 * secret. It only asks and reads: what an answer is worth, and for how long, lease.ts and leased-cache.ts decide. How it is written is
 * in wire.ts.
 */
import type { AuthoritySource, LoadAnswer, LoadKey, Position } from './authority.ts';
import { createBatches } from './batches.ts';
import { createHttpCall, type HttpCallParts } from './http-call.ts';
import type { VerifierClock, VerifierTimer } from './lease.ts';
import { platformClock, platformTimer } from './platform.ts';
import { SourceError } from './source-error.ts';
import type { UsageObserver } from './token-verifier.ts';
import { createUseReports } from './use-reports.ts';
import {
  KEYS_MAX,
  NOT_UNDERSTOOD,
  readLoadAnswers,
  readSyncAnswer,
  writeLoadRequest,
  writeSyncRequest,
} from './wire.ts';

export type HttpSourceParts = Omit<HttpCallParts, 'timer'> & {
  /** How long a sync may be held by the other side while nothing changes, in milliseconds. */
  readonly holdMs: number;
  /** How long an answer may take beyond that, in milliseconds. */
  readonly timeoutMs: number;
  /** Hears that reports of uses are refused, which no other try mends. */
  readonly onReportsRefused?: (error: SourceError) => void;
  readonly clock?: VerifierClock;
  readonly timer?: VerifierTimer;
};

/** It observes usage too, and reports it to where it asks. */
export type HttpSource = AuthoritySource & UsageObserver;

/** Requests for records under way at once. What is asked meanwhile goes together in the next. */
export const LOADS_UNDER_WAY_MAX = 4;

/** @throws TypeError if the address or the credential cannot be used */
export function createHttpSource(parts: HttpSourceParts): HttpSource {
  const { holdMs, timeoutMs } = parts;
  const clock = parts.clock ?? platformClock;
  const timer = parts.timer ?? platformTimer;
  const call = createHttpCall({ ...parts, timer });
  /** Apart, because the last report goes out when nothing else may. */
  const reporting = createHttpCall({ ...parts, timer });
  /** Until when the best answer so far is worth something. */
  let leaseEndsMs = Number.NEGATIVE_INFINITY;
  /** Where the verifier stands: who answers less would be asked again. */
  let known: Position | null = null;
  let prefixes: readonly string[] | null = null;

  const reports = createUseReports({
    timer,
    deliver: (body) => reporting.ask('freshness/uses', body, timeoutMs),
    ...(parts.onReportsRefused && { onRefused: parts.onReportsRefused }),
  });

  /** Held for a third of what is left of the lease at most: there must be time for the answer, and for another try. */
  function holdFor(startMs: number): number {
    return Math.round(Math.min(Math.max((leaseEndsMs - startMs) / 3, 0), holdMs));
  }

  async function ask(keys: readonly LoadKey[]): Promise<LoadAnswer[]> {
    return readLoadAnswers(await call.ask('freshness/load', writeLoadRequest(keys, known), timeoutMs), keys);
  }

  /** Each with its answer or its error. Where some need more than this release knows, the others are answered. */
  async function askAll(keys: readonly LoadKey[]): Promise<(LoadAnswer | SourceError)[]> {
    try {
      return await ask(keys);
    } catch (error) {
      if (!(error instanceof SourceError) || error.code !== NOT_UNDERSTOOD) throw error;
      if (keys.length === 1) return [error];
      const half = keys.length >> 1;
      return (await Promise.all([askAll(keys.slice(0, half)), askAll(keys.slice(half))])).flat();
    }
  }

  const loads = createBatches({
    ask: askAll,
    sizeMax: KEYS_MAX,
    parallelMax: LOADS_UNDER_WAY_MAX,
    soon: queueMicrotask,
  });

  return {
    async sync(from) {
      const startMs = clock.monotonicMs();
      const hold = from === null ? 0 : holdFor(startMs);
      const answer = readSyncAnswer(
        await call.ask('freshness', writeSyncRequest(from, hold), hold + timeoutMs),
      );
      leaseEndsMs = Math.max(leaseEndsMs, startMs + answer.leaseMs);
      prefixes = answer.prefixes;
      return answer;
    },
    async load(key, position) {
      if (position) known = { history: position.history, seq: position.seq };
      const answer = await loads.add(key);
      if (answer instanceof SourceError) throw answer;
      return answer;
    },
    prefixes: () => prefixes,
    used: reports.used,
    refused: reports.refused,
    async close() {
      call.close();
      loads.failWaiting(new SourceError('unavailable', 'The verifier is closed.'));
      // One try to report what is left.
      await reports.close();
      reporting.close();
    },
  };
}
