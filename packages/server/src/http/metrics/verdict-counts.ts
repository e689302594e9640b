/**
 * What the verification listener counts while it answers: plain numbers, because a request must not pay for its own statistics.
 * metrics.ts reads them when somebody looks.
 */
import type { RefusalReason, Verdict, Verifier } from '@lencana/verifier';

export class VerdictCounts {
  active = 0;
  /** Verdicts that could not be given. */
  unavailable = 0;
  /** Answers of the feed that could not be given. */
  feedUnavailable = 0;
  readonly refused: Record<RefusalReason, number> = {
    malformed: 0,
    unknown: 0,
    secret_replaced: 0,
    revoked: 0,
    expired: 0,
    holder_deactivated: 0,
    insufficient_scope: 0,
  };

  count(verdict: Verdict): void {
    if (verdict.outcome === 'active') this.active += 1;
    else if (verdict.outcome === 'refused') this.refused[verdict.reason] += 1;
    else this.unavailable += 1;
  }
}

/** The same verifier, with every verdict counted. */
export function countVerdicts(verifier: Verifier, counts: VerdictCounts): Verifier {
  return {
    verify: async (presented, demand) => {
      const verdict = await verifier.verify(presented, demand);
      counts.count(verdict);
      return verdict;
    },
    close: () => verifier.close(),
  };
}
