/** Clock and timer of the platform: Node, Bun, Deno, browsers and workers have both. */
import type { VerifierClock, VerifierTimer } from './lease.ts';

export const platformClock: VerifierClock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};

/** Keeps no process alive: a verifier that nobody closed ends with its program. */
export const platformTimer: VerifierTimer = {
  after: (delayMs, work) => {
    const timer: unknown = setTimeout(work, delayMs);
    if (
      typeof timer === 'object' &&
      timer !== null &&
      'unref' in timer &&
      typeof timer.unref === 'function'
    ) {
      timer.unref();
    }
    return () => clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
  },
};
