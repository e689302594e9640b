/**
 * The run's network: a link that can be cut between each node and the database and between each service and the balancer, and the
 * balancer itself. It lives in a thread of its own, so that the load's pace does not become the nodes' pace. network-thread.ts is
 * its other half.
 */
import { Worker } from 'node:worker_threads';
import type { Backend } from './balancer.ts';

export type NetworkOrder =
  | { readonly act: 'link'; readonly link: string; readonly host: string; readonly port: number }
  | { readonly act: 'cut' | 'black-hole' | 'black-hole answers' | 'hold' | 'mend'; readonly link: string }
  | { readonly act: 'balance'; readonly backends: readonly Backend[] }
  | { readonly act: 'stick'; readonly to: number | null }
  | { readonly act: 'drop askers' };

export type NetworkReply = { readonly id: number; readonly port: number; readonly error: string | null };

export type Network = {
  /** Resolves when it is done, with the port for `link` and `balance`, else 0. */
  order(order: NetworkOrder): Promise<number>;
  close(): Promise<void>;
};

export function startNetwork(): Network {
  const worker = new Worker(new URL('./network-thread.ts', import.meta.url));
  const waiting = new Map<number, { resolve: (port: number) => void; reject: (error: Error) => void }>();
  let last = 0;
  worker.on('message', ({ id, port, error }: NetworkReply) => {
    const asker = waiting.get(id);
    waiting.delete(id);
    if (error === null) asker?.resolve(port);
    else asker?.reject(new Error(error));
  });
  worker.on('error', (error: Error) => {
    for (const { reject } of waiting.values()) reject(error);
    throw error;
  });
  return {
    order: (order) =>
      new Promise((resolve, reject) => {
        last += 1;
        waiting.set(last, { resolve, reject });
        worker.postMessage({ id: last, order });
      }),
    close: async () => {
      await worker.terminate();
    },
  };
}
