/** What a process of a node knows of the others: how to hurry them, and what they have counted. */
import { exposition, type MetricsSnapshot } from '../metrics/metrics.ts';
import type { Hints } from './hints.ts';

export type Siblings = {
  /** What this process is called among those of its node; null: it is the first, or the only one. */
  readonly worker: number | null;
  readonly hints: Hints;
  /**
   * Gives this process's metrics to the others when they ask.
   * @returns what `/metrics` answers: the metrics of all processes of the node as one
   */
  readonly shareMetrics: (own: () => Promise<MetricsSnapshot>) => () => Promise<string>;
};

/** A node of one process. */
export const alone: Siblings = {
  worker: null,
  hints: { send: () => {}, onHint: () => {} },
  shareMetrics: (own) => async () => exposition([await own()]),
};
