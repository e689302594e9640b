/**
 * Asks /verify again and again from a thread of its own while something else keeps this one busy, and says how long the slowest answer
 * was held up by the server's own work, and how long it took by the clock, which on a busy machine says little.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export type Probe = {
  /** Since the last call. */
  report(): Promise<ProbeReport>;
  close(): Promise<void>;
};

export type ProbeReport = {
  /** The longest work of the server's first thread between a question and its answer, in milliseconds. */
  readonly heldMs: number;
  /** The longest time between them. */
  readonly slowestMs: number;
  /** How many in all were not answered with 200. */
  readonly refused: number;
  readonly asked: number;
};

/** @param serverPid of the process that answers */
export async function startProbe(verifyUrl: string, secret: string, serverPid: number): Promise<Probe> {
  const thread = new Worker(new URL('./probe-thread.ts', import.meta.url), {
    workerData: { verifyUrl, secret, serverPid },
  });
  await once(thread, 'message');
  return {
    report: async () => {
      thread.postMessage('report');
      const [report] = (await once(thread, 'message')) as [ProbeReport];
      return report;
    },
    close: async () => {
      await thread.terminate();
    },
  };
}
