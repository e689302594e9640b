/**
 * Keeps the workers of a node running: starts them, replaces one that ends, passes on hints, gathers metrics, and ends them all. The
 * first process runs it. Knows no verdict and no socket; how a process is started is passed in.
 */
import type { Logger } from 'pino';
import type { Hints } from './hints.ts';
import type { Timer, ToFirst, ToWorker } from './messages.ts';
import { createNodeMetrics } from './node-metrics.ts';
import type { Siblings } from './siblings.ts';

export type WorkerProcess = {
  readonly id: number;
  readonly pid: number;
  readonly send: (message: ToWorker) => void;
  readonly onMessage: (hear: (message: ToFirst) => void) => void;
  readonly onExit: (hear: (how: string) => void) => void;
  readonly kill: () => void;
};

/** A worker did not start at the node's own start; the message is the worker's. */
export class WorkerError extends Error {
  override readonly name = 'WorkerError';
}

export type SupervisorParts = {
  readonly count: number;
  /** Whether the system chooses the port (0) on which they listen together. */
  readonly portIsChosen: boolean;
  /** `port`: listen there and nowhere else; null: where the settings say. */
  readonly start: (port: number | null) => WorkerProcess;
  /** Each time that a worker has begun to answer. */
  readonly onReady: () => void;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly clock: () => number;
  readonly timer: Timer;
};

export type Workers = Siblings & {
  /** Starts them all. Resolves with where they answer, when they all do. @throws WorkerError */
  readonly start: () => Promise<string>;
  readonly renewCertificates: () => void;
  /** Lets each end what is under way. Resolves when all are gone; those that do not go are killed. */
  readonly stop: () => Promise<void>;
};

/** A replacement is started after this long, twice as long after each that did not last, in milliseconds. */
const REPLACE_MS_MIN = 100;
const REPLACE_MS_MAX = 10_000;
/** Who has answered for so long counts as one that lasted. */
const LASTED_MS = 10_000;
/** A worker's own drain takes less. */
const STOP_MS = 12_000;

type Worker = { readonly process: WorkerProcess; readonly slot: number; readyAtMs: number | null };

export function createWorkers(parts: SupervisorParts): Workers {
  const { log, clock, timer } = parts;
  const living = new Map<number, Worker>();
  const shortLived = Array.from({ length: parts.count }, () => 0);
  const replacing = new Set<() => void>();
  const hintHearers: (() => void)[] = [];
  let chosenPort: number | null = null;
  let port: number | null = null;
  let stopping = false;
  /** Set until all have answered once: until then an end of one is the end of the start. */
  let starting: { ready: (url: string) => void; fail: (message: string) => void } | null = null;
  let allGone: (() => void) | null = null;

  const ready = () => [...living.values()].filter((worker) => worker.readyAtMs !== null);
  const metrics = createNodeMetrics(
    () => ready().map(({ process }) => process.id),
    (id, request) => living.get(id)?.process.send({ kind: 'snapshot', request }),
    timer,
  );

  function startOne(slot: number): void {
    const process = parts.start(port);
    const worker: Worker = { process, slot, readyAtMs: null };
    living.set(process.id, worker);
    process.onMessage((message) => hear(worker, message));
    process.onExit((how) => ended(worker, how));
  }

  function hear(from: Worker, message: ToFirst): void {
    switch (message.kind) {
      case 'ready':
        from.readyAtMs = clock();
        chosenPort = message.port;
        parts.onReady();
        log.info({ worker: from.process.id, pid: from.process.pid }, 'a worker answers');
        starting?.ready(message.url);
        return;
      case 'failed':
        if (starting) starting.fail(message.message);
        else log.error({ worker: from.process.id, why: message.message }, 'a worker could not start');
        return;
      case 'hint':
        passOn(from);
        for (const hearer of hintHearers) hearer();
        return;
      case 'snapshot':
        metrics.heard(from.process.id, message.request, message.snapshot);
        return;
      case 'metrics':
        void metrics.text().then(
          (text) => from.process.send({ kind: 'metrics', request: message.request, text }),
          (error) => log.error({ err: error }, 'metrics could not be gathered'),
        );
        return;
    }
  }

  function passOn(from: Worker | null): void {
    for (const worker of ready()) if (worker !== from) worker.process.send({ kind: 'hint' });
  }

  function ended(worker: Worker, how: string): void {
    const { process } = worker;
    living.delete(process.id);
    metrics.gone(process.id);
    if (living.size === 0) allGone?.();
    if (stopping) return;
    if (starting) starting.fail(`A worker ended before it answered (${how}).`);
    else replace(worker, how);
  }

  function replace({ process, slot, readyAtMs }: Worker, how: string): void {
    if (parts.portIsChosen && ready().length === 0) keepPort();
    if (readyAtMs !== null && clock() - readyAtMs >= LASTED_MS) shortLived[slot] = 0;
    const before = shortLived[slot] ?? 0;
    shortLived[slot] = before + 1;
    const afterMs = Math.min(REPLACE_MS_MIN * 2 ** before, REPLACE_MS_MAX);
    log.warn({ worker: process.id, pid: process.pid, how, afterMs }, 'a worker ended and is replaced');
    const cancel = timer(() => {
      replacing.delete(cancel);
      startOne(slot);
    }, afterMs);
    replacing.add(cancel);
  }

  /**
   * The chosen port is held by those who listen on it. When the last of them ends, the system would choose another one, so from then on
   * it is asked for by its number. Who was started before that and does not answer yet would listen elsewhere.
   */
  function keepPort(): void {
    if (port !== null) return;
    port = chosenPort;
    for (const { process } of living.values()) process.kill();
  }

  async function stop(): Promise<void> {
    stopping = true;
    for (const cancel of replacing) cancel();
    if (living.size === 0) return;
    const gone = new Promise<void>((resolve) => {
      allGone = resolve;
    });
    for (const { process, readyAtMs } of living.values()) {
      // Who does not answer yet has nothing under way, and may not hear yet either.
      if (readyAtMs === null) process.kill();
      else process.send({ kind: 'stop' });
    }
    const cancel = timer(() => {
      for (const { process } of living.values()) {
        log.error({ worker: process.id }, 'a worker did not stop and is killed');
        process.kill();
      }
    }, STOP_MS);
    await gone;
    cancel();
  }

  const hints: Hints = {
    send: () => passOn(null),
    onHint: (hearer) => hintHearers.push(hearer),
  };
  return {
    worker: null,
    hints,
    shareMetrics: (own) => {
      metrics.share(own);
      return metrics.text;
    },
    start: () =>
      new Promise((resolve, reject) => {
        starting = {
          ready: (url) => {
            if (ready().length < parts.count) return;
            starting = null;
            resolve(url);
          },
          fail: (message) => {
            starting = null;
            stopping = true;
            for (const { process } of living.values()) process.kill();
            reject(new WorkerError(message));
          },
        };
        for (let slot = 0; slot < parts.count; slot += 1) startOne(slot);
      }),
    renewCertificates: () => {
      for (const { process } of living.values()) process.send({ kind: 'renew' });
    },
    stop,
  };
}
