/**
 * The run as a row of phases, one at a time: healthy ones and faults. A fault's phase lasts until every door has come back. Whatever
 * touches a fault belongs to that fault, so that a healthy phase holds only what was healthy from beginning to end.
 */
import type { Door } from './doors.ts';

export type Phase = {
  readonly name: string;
  /** Which doors may say for now that they are unavailable, or not answer. None in a healthy phase. */
  readonly mayBeAway: (door: Door) => boolean;
  readonly healthy: boolean;
  readonly startedMs: number;
};

export type Timeline = {
  begin(phase: Omit<Phase, 'startedMs'>, atMs: number): void;
  current(): Phase;
  /** The phase that an act from one moment to another belongs to. */
  of(fromMs: number, toMs: number): Phase;
};

export function createTimeline(): Timeline {
  const phases: Phase[] = [];
  const indexAt = (ms: number): number => {
    let at = phases.length - 1;
    while (at > 0 && (phases[at]?.startedMs ?? 0) > ms) at -= 1;
    return at;
  };
  const current = (): Phase => {
    const last = phases.at(-1);
    if (!last) throw new Error('no phase has begun');
    return last;
  };
  return {
    begin: (phase, atMs) => void phases.push({ ...phase, startedMs: atMs }),
    current,
    of(fromMs, toMs) {
      const touched = phases.slice(indexAt(fromMs), indexAt(toMs) + 1);
      return touched.find(({ healthy }) => !healthy) ?? touched[0] ?? current();
    },
  };
}
