/**
 * Sees when a change is committed: a thread with a connection of its own, past all links, looks at the rows every millisecond or
 * two while anything is expected. A commit is dated to the start of the last look that did *not* show it: earlier than the commit by one
 * look at most, so times counted from it are never too short. commit-watch-thread.ts is its other half.
 */
import { Worker } from 'node:worker_threads';

/** A token's row that becomes revoked, or a user's that becomes deactivated. */
export type Expected = { readonly kind: 'token' | 'user'; readonly id: string };

export type Sighting = {
  /** The commit came after this. null: every look failed until it was seen (the database was away). */
  readonly notBeforeMs: number | null;
  /** It was seen by a look that ended then. */
  readonly seenMs: number;
};

export type WatchOrder =
  | { readonly act: 'expect'; readonly id: number; readonly expected: readonly Expected[] }
  | { readonly act: 'forget'; readonly expected: readonly Expected[] };
export type WatchReport =
  | { readonly report: 'looked'; readonly id: number }
  | { readonly report: 'seen'; readonly name: string; readonly sighting: Sighting };

export type CommitWatch = {
  /** Resolves after one look that did not show them, or that failed. */
  expect(expected: readonly Expected[]): Promise<void>;
  sightingOf(expected: Expected): Sighting | undefined;
  /** Resolves when it is seen. */
  seen(expected: Expected): Promise<Sighting>;
  /** No more looks for these. */
  forget(expected: readonly Expected[]): void;
  close(): Promise<void>;
};

export const nameOf = ({ kind, id }: Expected): string => `${kind} ${id}`;

export function startCommitWatch(databaseUrl: string): CommitWatch {
  const worker = new Worker(new URL('./commit-watch-thread.ts', import.meta.url), {
    workerData: { databaseUrl },
  });
  const looking = new Map<number, () => void>();
  const sightings = new Map<string, Sighting>();
  const waiting = new Map<string, ((sighting: Sighting) => void)[]>();
  let last = 0;
  worker.on('message', (message: WatchReport) => {
    if (message.report === 'looked') {
      looking.get(message.id)?.();
      looking.delete(message.id);
      return;
    }
    sightings.set(message.name, message.sighting);
    for (const tell of waiting.get(message.name) ?? []) tell(message.sighting);
    waiting.delete(message.name);
  });
  worker.on('error', (error: Error) => {
    throw error;
  });
  const send = (order: WatchOrder) => worker.postMessage(order);
  return {
    expect: (expected) =>
      new Promise((resolve) => {
        last += 1;
        looking.set(last, resolve);
        send({ act: 'expect', id: last, expected });
      }),
    sightingOf: (expected) => sightings.get(nameOf(expected)),
    seen: (expected) => {
      const name = nameOf(expected);
      const sighting = sightings.get(name);
      if (sighting) return Promise.resolve(sighting);
      return new Promise((resolve) => {
        waiting.set(name, [...(waiting.get(name) ?? []), resolve]);
      });
    },
    forget: (expected) => send({ act: 'forget', expected }),
    close: async () => {
      await worker.terminate();
    },
  };
}
