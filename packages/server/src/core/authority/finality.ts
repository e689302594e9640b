/**
 * When nothing accepts any more what a change took away. Whoever verifies has a lease that lasts S from the start of a sync: a sync
 * that starts after the change was committed sees it, and a lease from one that started before is over S later. So S and a
 * margin after the commit nobody can accept it, whoever they are and whatever became of them. Pure: clock, timer and
 * the largest S are passed in.
 */
import { Refusal } from '../refusal.ts';

export type FinalityParts = {
  /** A clock that nobody sets, in milliseconds. */
  readonly monotonicMs: () => number;
  /** Epoch milliseconds. */
  readonly wallMs: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /**
   * The largest S, in milliseconds, that any node which may still have a lease runs with. Read from the database each time: a node
   * registers its own before its first sync, so what is read after a commit bounds every lease that began before it.
   */
  readonly freshnessMsMax: () => Promise<number>;
  /** Makes this node learn of the change at once. */
  readonly hurry: () => void;
};

export type Finality = {
  /**
   * Call it when the COMMIT has been acknowledged, or when a read has found the authority gone already. Resolves with the
   * instant (epoch ms) from which on nothing accepts it; those who wait at the same time wait side by side.
   * @param done what was done, as a sentence without its full stop, e.g. `The token is deleted`
   * @throws Refusal `not_yet_final` where the largest S cannot be read: the change stands, its end is not known
   */
  settled(done: string): Promise<number>;
};

/** For what may be lost between two clocks, in milliseconds. */
const MARGIN_MS = 50;
/** For clocks that do not run alike: one part in a thousand. */
const DRIFT = 1 / 1000;
/** How long, in milliseconds, until a failed read of the largest S is tried again. */
const READ_AGAIN_MS = 100;
/** How long, in milliseconds, it is tried at the most. */
const READ_MS_MAX = 1000;

/** How long after the commit a change that takes authority away is final, in milliseconds. */
export const finalAfterMs = (freshnessMs: number) => freshnessMs * (1 + DRIFT) + MARGIN_MS;

export function createFinality(parts: FinalityParts): Finality {
  return {
    settled: async (done) => {
      const fromMs = parts.monotonicMs();
      parts.hurry();
      const freshnessMs = await largestFreshness(parts, fromMs, done);
      const untilMs = fromMs + finalAfterMs(freshnessMs);
      // A timer may ring early, by its own reckoning.
      for (let leftMs = untilMs - parts.monotonicMs(); leftMs > 0; leftMs = untilMs - parts.monotonicMs()) {
        await parts.wait(Math.ceil(leftMs));
      }
      return parts.wallMs();
    },
  };
}

async function largestFreshness(parts: FinalityParts, fromMs: number, done: string): Promise<number> {
  for (;;) {
    try {
      return await parts.freshnessMsMax();
    } catch {
      if (parts.monotonicMs() - fromMs + READ_AGAIN_MS > READ_MS_MAX) {
        throw new Refusal(
          'not_yet_final',
          `${done}. That nothing accepts it any more cannot be confirmed right now. Do the same again in a moment: it changes nothing more, and answers when that is certain.`,
        );
      }
      await parts.wait(READ_AGAIN_MS);
    }
  }
}
