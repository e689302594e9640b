/** What metrics read of a verifier, with numbers that a test sets. */
import { noVerdicts, type Position, type VerdictCounts } from '@lencana/verifier/node';
import type { VerifierReading } from './metrics.ts';

export type TestReading = {
  readonly counts: VerdictCounts;
  remainingMs: number;
  ageMs: number;
  position: Position | null;
  entries: number;
  failures: number;
};

export function readingUnderTest(): VerifierReading & { readonly set: TestReading } {
  const set: TestReading = {
    counts: noVerdicts(),
    remainingMs: 0,
    ageMs: 0,
    position: null,
    entries: 0,
    failures: 0,
  };
  return {
    set,
    counts: set.counts,
    cacheSizes: () => ({ entries: set.entries, negatives: 0, loads: 0, loadFailures: 3, loadsVoid: 0 }),
    lease: {
      get counts() {
        return { syncs: 0, failures: set.failures, restarts: 1, changes: 0 };
      },
      remainingMs: () => set.remainingMs,
      ageMs: () => set.ageMs,
      position: () => set.position,
    },
  };
}
