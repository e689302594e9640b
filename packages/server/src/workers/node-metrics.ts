/**
 * The metrics of all processes of a node, gathered by its first one at a scrape. What was counted by a worker that is gone, or that
 * does not answer in time, stays in the sums as it was last heard.
 */
import { countedBy, exposition, type MetricsSnapshot } from '../metrics/metrics.ts';
import type { Timer } from './messages.ts';

/** How long a worker may take to say what it has counted, in milliseconds. */
const ANSWER_MS = 1000;

export type NodeMetrics = {
  readonly share: (own: () => Promise<MetricsSnapshot>) => void;
  readonly text: () => Promise<string>;
  readonly heard: (worker: number, request: number, snapshot: MetricsSnapshot) => void;
  readonly gone: (worker: number) => void;
};

export function createNodeMetrics(
  workers: () => readonly number[],
  ask: (worker: number, request: number) => void,
  timer: Timer,
): NodeMetrics {
  let own = async (): Promise<MetricsSnapshot> => [];
  let requests = 0;
  let ended: Promise<MetricsSnapshot> = Promise.resolve([]);
  const last = new Map<number, MetricsSnapshot>();
  const waiting = new Map<string, (snapshot: MetricsSnapshot | null) => void>();

  const settle = (worker: number, request: number, snapshot: MetricsSnapshot | null) =>
    waiting.get(`${worker} ${request}`)?.(snapshot);

  function snapshotOf(worker: number): Promise<MetricsSnapshot> {
    requests += 1;
    const request = requests;
    return new Promise((resolve) => {
      const cancel = timer(() => settle(worker, request, null), ANSWER_MS);
      waiting.set(`${worker} ${request}`, (snapshot) => {
        cancel();
        waiting.delete(`${worker} ${request}`);
        resolve(snapshot ?? countedBy([last.get(worker) ?? []]));
      });
      ask(worker, request);
    });
  }

  return {
    share: (snapshot) => {
      own = snapshot;
    },
    text: async () => {
      const asked = workers();
      const living = await Promise.all(asked.map(snapshotOf));
      const mine = await own();
      // Both at one moment: one that ended meanwhile is among those that are gone, and counted once.
      const still = new Set(workers());
      const gone = ended;
      const counted = living.filter((_, at) => still.has(asked[at] ?? 0));
      return exposition([mine, await gone, ...counted]);
    },
    heard: (worker, request, snapshot) => {
      last.set(worker, snapshot);
      settle(worker, request, snapshot);
    },
    gone: (worker) => {
      const counted = last.get(worker) ?? [];
      ended = ended.then((before) => countedBy([before, counted]));
      last.delete(worker);
      for (const key of waiting.keys()) if (key.startsWith(`${worker} `)) waiting.get(key)?.(null);
    },
  };
}
