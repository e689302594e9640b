/** The one clock of a run: CLOCK_MONOTONIC, the same in the harness and all of its threads. Not for instants of the day. */

/** Milliseconds since an instant that nobody knows, with fractions. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;
