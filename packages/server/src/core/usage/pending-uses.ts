/**
 * Uses that wait to be written, the latest of each token. Bounded thrice: how many tokens are remembered, how many are written in one
 * transaction, and how many a second. What is above that waits for its turn, the longest waiting first, so that writing takes the same
 * share of the time however many tokens are in use.
 */
import type { Clock } from '../ports.ts';
import { createAllowance } from './allowance.ts';

export type Use = {
  readonly tokenId: string;
  /** May have fractions, as monotonic clocks do; whole milliseconds are kept. */
  readonly atMs: number;
  readonly address: string | null;
  readonly agent: string | null;
};

/** How many are written in one transaction: whoever changes one of these tokens meanwhile waits no longer than that takes. */
export const BATCH_MAX = 500;
/** How many are written a second, and at once after a while without any. Less than a hundredth of a processor on SQLite. */
export const WRITES_PER_SECOND = 1000;
export const WRITES_AT_ONCE = 5000;
/** Tokens that are remembered at most: beyond, one that is not remembered yet is not. */
export const USES_MAX = 250_000;

export type PendingUses<Kind extends Use> = ReturnType<typeof createPendingUses<Kind>>;

/** @param write one transaction; resolves with those that would have had to wait for somebody and were not written */
export function createPendingUses<Kind extends Use>(
  write: (uses: readonly Kind[]) => Promise<readonly Kind[]>,
  clock: Clock,
) {
  /** In the order in which they began to wait. */
  const pending = new Map<string, Kind>();
  const allowance = createAllowance(WRITES_PER_SECOND, WRITES_AT_ONCE, clock);

  /** An older use never replaces a newer one. */
  function merge(use: Kind): void {
    const known = pending.get(use.tokenId);
    if (known ? known.atMs < use.atMs : pending.size < USES_MAX) pending.set(use.tokenId, use);
  }

  /** Writes as many as may be, with `all` every one. What fails to be written stays for the next time. */
  async function flush(all: boolean): Promise<void> {
    const due = takeOut(all ? pending.size : allowance.take(pending.size));
    // Neighbours in the store are written together: else each batch touches pages all over it.
    due.sort((one, other) => (one.tokenId < other.tokenId ? -1 : 1));
    for (let at = 0; at < due.length; at += BATCH_MAX) {
      try {
        const skipped = await write(due.slice(at, at + BATCH_MAX));
        skipped.forEach(merge);
      } catch (error) {
        due.slice(at).forEach(merge);
        throw error;
      }
    }
  }

  function takeOut(count: number): Kind[] {
    const taken: Kind[] = [];
    for (const use of pending.values()) {
      if (taken.length >= count) break;
      taken.push(use);
    }
    for (const { tokenId } of taken) pending.delete(tokenId);
    return taken;
  }

  return {
    /** The use that waits to be written of a token. */
    of: (tokenId: string): Kind | undefined => pending.get(tokenId),
    merge,
    flush,
    get size() {
      return pending.size;
    },
  };
}
