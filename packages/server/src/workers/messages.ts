/** What the first process and its workers tell each other. They are of one program and one version: what comes is taken as it is. */
import type { MetricsSnapshot } from '../metrics/metrics.ts';

export type ToWorker =
  | { readonly kind: 'hint' }
  /** Asks for the worker's metrics. */
  | { readonly kind: 'snapshot'; readonly request: number }
  /** Answers a worker's question for the metrics of all. */
  | { readonly kind: 'metrics'; readonly request: number; readonly text: string }
  | { readonly kind: 'renew' }
  | { readonly kind: 'stop' };

export type ToFirst =
  | { readonly kind: 'ready'; readonly url: string; readonly port: number | null }
  /** It could not start; what a person is told. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'hint' }
  | { readonly kind: 'snapshot'; readonly request: number; readonly snapshot: MetricsSnapshot }
  | { readonly kind: 'metrics'; readonly request: number };

/** Starts a countdown; the result ends it. */
export type Timer = (work: () => void, afterMs: number) => () => void;

export const realTimer: Timer = (work, afterMs) => {
  const timeout = setTimeout(work, afterMs);
  return () => clearTimeout(timeout);
};
