/** Parts of a node that do what they did, and tell beside it how long it took or how often it failed. Stands on no request's path. */
import type { SyncSource } from '@lencana/verifier/node';
import type { Finality } from '../core/authority/finality.ts';
import type { FreshnessFeed } from '../core/authority/freshness-feed.ts';

/** @param took hears of each sync that succeeded */
export function timeSyncs<Source extends SyncSource>(source: Source, took: (ms: number) => void): Source {
  return {
    ...source,
    sync: async (from) => {
      const startedAtMs = performance.now();
      const answer = await source.sync(from);
      took(performance.now() - startedAtMs);
      return answer;
    },
  };
}

/** @param waited hears of each wait that came to its end */
export function timeFinality(finality: Finality, waited: (ms: number) => void): Finality {
  return {
    settled: async (done) => {
      const startedAtMs = performance.now();
      const atMs = await finality.settled(done);
      waited(performance.now() - startedAtMs);
      return atMs;
    },
  };
}

/** Counts answers that could not be given for want of a lease. */
export function countRefusals(feed: FreshnessFeed): FreshnessFeed & { readonly refusals: () => number } {
  let refusals = 0;
  const counted = <Answer>(answer: Answer | null): Answer | null => {
    if (answer === null) refusals += 1;
    return answer;
  };
  return {
    sync: async (after, holdMs) => counted(await feed.sync(after, holdMs)),
    load: async (keys, after) => counted(await feed.load(keys, after)),
    refusals: () => refusals,
  };
}
