/** A worker's line to the first process of its node. What travels on it is in messages.ts; the line itself is passed in. */
import type { MetricsSnapshot } from '../metrics/metrics.ts';
import type { Timer, ToFirst, ToWorker } from './messages.ts';
import type { Siblings } from './siblings.ts';

export type Line = {
  /** Resolves when it is on its way. */
  readonly send: (message: ToFirst) => Promise<void>;
  readonly onMessage: (hear: (message: ToWorker) => void) => void;
};

export type WorkerLink = Siblings & {
  readonly ready: (url: string, port: number | null) => Promise<void>;
  readonly failed: (message: string) => Promise<void>;
  readonly onRenew: (renew: () => void) => void;
  readonly onStop: (stop: () => void) => void;
};

/** How long the first process may take to gather the metrics of all, in milliseconds: longer than it waits for each. */
const METRICS_MS = 3000;

export function createWorkerLink(line: Line, timer: Timer, worker: number): WorkerLink {
  const hearers = { hint: [], renew: [], stop: [] } as Record<'hint' | 'renew' | 'stop', (() => void)[]>;
  const scrapes = new Map<number, (text: string) => void>();
  let scrapeCount = 0;
  let own = async (): Promise<MetricsSnapshot> => [];

  line.onMessage((message) => {
    switch (message.kind) {
      case 'snapshot':
        void own().then((snapshot) => line.send({ kind: 'snapshot', request: message.request, snapshot }));
        return;
      case 'metrics':
        scrapes.get(message.request)?.(message.text);
        return;
      default:
        for (const hear of hearers[message.kind]) hear();
    }
  });

  function metricsOfAll(): Promise<string> {
    scrapeCount += 1;
    const request = scrapeCount;
    return new Promise((resolve, reject) => {
      const cancel = timer(() => {
        scrapes.delete(request);
        reject(new Error('the first process did not gather the metrics in time'));
      }, METRICS_MS);
      scrapes.set(request, (text) => {
        cancel();
        scrapes.delete(request);
        resolve(text);
      });
      void line.send({ kind: 'metrics', request });
    });
  }

  return {
    worker,
    hints: {
      send: () => void line.send({ kind: 'hint' }),
      onHint: (hear) => hearers.hint.push(hear),
    },
    shareMetrics: (snapshot) => {
      own = snapshot;
      return metricsOfAll;
    },
    ready: (url, port) => line.send({ kind: 'ready', url, port }),
    failed: (message) => line.send({ kind: 'failed', message }),
    onRenew: (renew) => hearers.renew.push(renew),
    onStop: (stop) => hearers.stop.push(stop),
  };
}
