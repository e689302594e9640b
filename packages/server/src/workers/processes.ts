/**
 * Workers as processes of node:cluster, which shares the listening socket: the first process accepts and hands connections out in
 * turn. A worker whose first process is gone ends at once; node:cluster sees to that.
 */
import cluster, { type Worker } from 'node:cluster';
import { realTimer, type ToFirst, type ToWorker } from './messages.ts';
import type { WorkerProcess } from './supervisor.ts';
import { createWorkerLink, type WorkerLink } from './worker-link.ts';

/** Starts this program once more as a worker, with these settings put over its own. */
export function startWorkerProcess(settings: Record<string, string>): WorkerProcess {
  // In turn on every platform: otherwise the kernel gives most connections to few workers.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({ args: ['serve'] });
  const worker = cluster.fork(settings);
  return {
    id: worker.id,
    pid: worker.process.pid ?? 0,
    send: (message) => send(worker, message),
    onMessage: (hear) => void worker.on('message', hear),
    onExit: (hear) => {
      worker.once('exit', (code, signal) => hear(signal ?? `exit code ${code}`));
      // One that could not be started at all never exits; unheard, this event would end the first process.
      worker.on('error', (error) => {
        if (worker.process.pid === undefined) hear(error.message);
      });
    },
    kill: () => void worker.process.kill('SIGKILL'),
  };
}

/** One that ended between the look and the word has nothing to be told. */
function send(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => {});
}

/** null in a process that is no worker. */
export function linkToFirst(): WorkerLink | null {
  const { worker } = cluster;
  if (!worker) return null;
  const line = {
    send: (message: ToFirst) =>
      new Promise<void>((resolve) => {
        if (worker.isConnected()) worker.send(message, () => resolve());
        else resolve();
      }),
    onMessage: (hear: (message: ToWorker) => void) => void worker.on('message', hear),
  };
  return createWorkerLink(line, realTimer, worker.id);
}
