/** Asks /verify again and again from a thread of its own while something else keeps this one busy, and says how long the slowest took. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export type Probe = {
  /** The slowest answer since the last call, in milliseconds, that of a question which is still open included. */
  slowestMs(): Promise<number>;
  /** How many were not answered with 200. */
  refused(): number;
  close(): Promise<void>;
};

export type ProbeReport = { readonly slowestMs: number; readonly refused: number; readonly asked: number };

export async function startProbe(verifyUrl: string, secret: string): Promise<Probe> {
  const thread = new Worker(new URL('./probe-thread.ts', import.meta.url), {
    workerData: { verifyUrl, secret },
  });
  await once(thread, 'message');
  let refused = 0;
  return {
    slowestMs: async () => {
      thread.postMessage('report');
      const [report] = (await once(thread, 'message')) as [ProbeReport];
      refused = report.refused;
      return report.slowestMs;
    },
    refused: () => refused,
    close: async () => {
      await thread.terminate();
    },
  };
}
