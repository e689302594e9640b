/**
 * Several sides loaded in turns, round after round, by one process on a core of its own: whatever slows the machine for a
 * while slows them all. Medians of the rounds, and how busy server and load kept their cores.
 */
import { processorSeconds } from './cores.ts';
import type { ProcessLoad, ProcessOrder } from './load-process.ts';
import { startProgram } from './programs.ts';
import { median } from './row.ts';

export type Side = {
  /** Asked for before each round. */
  readonly order: () => ProcessOrder;
  /** The server's process. */
  readonly pid: () => number;
  /** Before each round of this side. */
  readonly prepare?: () => Promise<void>;
  /** After each round of this side. */
  readonly after?: () => void;
};

export type Figures = {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Shares of a core's time. */
  readonly serverBusy: number;
  readonly loadBusy: number;
  /** Of each round, in order: ratios are taken round by round. */
  readonly rounds: readonly number[];
  /** The same for each second of the server's processor time: what others do on the machine changes it little. */
  readonly workRounds: readonly number[];
};

/** One round more at the start warms up and is not counted. */
export async function inTurns<Name extends string>(
  sides: Record<Name, Side>,
  rounds: number,
): Promise<Record<Name, Figures>> {
  const loader = await startProgram('load-process.ts', [], 'load');
  const names = Object.keys(sides) as Name[];
  const measured = new Map<Name, (ProcessLoad & { serverBusy: number })[]>();
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const name of names) {
        const { order, pid, prepare, after } = sides[name];
        await prepare?.();
        const [beforeS, startedAtMs] = [processorSeconds(pid()), performance.now()];
        const load = await loader.ask<ProcessLoad>(order()).catch((error: Error) => {
          throw new Error(`${name}: ${error.message}`);
        });
        const seconds = (performance.now() - startedAtMs) / 1000;
        const serverBusy = (processorSeconds(pid()) - beforeS) / seconds;
        after?.();
        if (round > 0) measured.set(name, [...(measured.get(name) ?? []), { ...load, serverBusy }]);
      }
    }
  } finally {
    loader.stop();
  }
  return Object.fromEntries(names.map((name) => [name, figuresOf(measured.get(name) ?? [])])) as Record<
    Name,
    Figures
  >;
}

function figuresOf(loads: (ProcessLoad & { serverBusy: number })[]): Figures {
  const medianOf = (read: (load: ProcessLoad & { serverBusy: number }) => number) => median(loads.map(read));
  return {
    perSecond: medianOf((load) => load.perSecond),
    medianMs: medianOf((load) => load.medianMs),
    p99Ms: medianOf((load) => load.p99Ms),
    serverBusy: medianOf((load) => load.serverBusy),
    loadBusy: medianOf((load) => load.busyShare),
    rounds: loads.map(({ perSecond }) => perSecond),
    workRounds: loads.map(({ perSecond, serverBusy }) => perSecond / serverBusy),
  };
}

/** The median of the ratios of each round. */
export const ratio = (one: Figures, other: Figures) => ratioOf(one.rounds, other.rounds);

/** The same by the processor time that the servers used. */
export const workRatio = (one: Figures, other: Figures) => ratioOf(one.workRounds, other.workRounds);

const ratioOf = (one: readonly number[], other: readonly number[]) =>
  median(one.map((value, at) => value / (other[at] ?? Number.NaN)));

/** For a row's note. A server that did not have its core to itself, or waited for something, could have answered more. */
export function busy({ perSecond, serverBusy, loadBusy }: Figures): string {
  const percent = (share: number) => (Number.isNaN(share) ? '?' : Math.round(share * 100));
  const couldDo = serverBusy < 0.9 ? ` (${Math.round(perSecond / serverBusy)} in each second of it)` : '';
  return `server ${percent(serverBusy)} % of its core${couldDo}, load ${percent(loadBusy)} %`;
}
