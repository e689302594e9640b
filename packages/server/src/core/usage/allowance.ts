/**
 * How much of something may still be done: so much a second, and what was not used is kept up to a burst. By it work that others cause
 * takes a bounded share of the time, however often they ask.
 */
import type { Clock } from '../ports.ts';

export type Allowance = {
  /** Takes as much of `wanted` as there is, and says how much that was. */
  take(wanted: number): number;
  /** Takes all of `wanted` or, if there is less, nothing. */
  takeWhole(wanted: number): boolean;
};

/** Full at first. A clock that goes back gives nothing. */
export function createAllowance(perSecond: number, burst: number, clock: Clock): Allowance {
  let left = burst;
  let atMs = clock();

  function refill(): void {
    const nowMs = clock();
    left = Math.min(burst, left + (Math.max(0, nowMs - atMs) / 1000) * perSecond);
    atMs = nowMs;
  }

  return {
    take(wanted) {
      refill();
      const taken = Math.min(wanted, Math.floor(left));
      left -= taken;
      return taken;
    },
    takeWhole(wanted) {
      refill();
      if (left < wanted) return false;
      left -= wanted;
      return true;
    },
  };
}
