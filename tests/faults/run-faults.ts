/**
 * One run: opens the stage, keeps load and revocations going, plays the faults one after another with health in between, and gives
 * the figures. Judges nothing itself: the ledger does, answer by answer.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { monotonicMs } from './clock.ts';
import type { Door } from './doors.ts';
import { createHttpClient } from './http-client.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { type Asker, askAround, createAsker } from './load.ts';
import { judgeMade } from './making.ts';
import { pick } from './pick.ts';
import { type FaultsReport, reportOf } from './report.ts';
import type { Cast, Scenario } from './scenarios.ts';
import { openStage } from './stage.ts';
import { openSupply, type Supply } from './supply.ts';
import { createTakings, type Takings } from './takings.ts';
import { createTimeline, type Timeline } from './timeline.ts';

export type FaultsOptions = {
  /** Played in this order, once, and again from the first until `minMs` are over. */
  readonly scenarios: readonly Scenario[];
  readonly minMs: number;
  /** How long it stays healthy before the first fault and between two. */
  readonly healthyMs: number;
  readonly freshnessSeconds: number;
  /** How many revocations are under way at once. */
  readonly takers: number;
  /** How many tokens are kept live. */
  readonly tokens: number;
  readonly deactivateEveryMs: number;
  readonly countFrom: 'return' | 'call';
  /** Hears what begins. */
  readonly tell: (what: string) => void;
};

/** What is not back by then is not coming back. */
const BACK_WITHIN_MS = 30_000;
const ASK_BACK_EVERY_MS = 25;
/** Taken with one statement. */
const SQL_TOKENS = 10;
const SETTLE_WITHIN_MS = 60_000;

export type Recovery = { readonly phase: string; readonly door: string; readonly ms: number | null };

export async function runFaults(options: FaultsOptions): Promise<FaultsReport> {
  const stage = await openStage(options.freshnessSeconds);
  const http = createHttpClient();
  try {
    const timeline = createTimeline();
    timeline.begin({ name: 'start', healthy: false, mayBeAway: () => true }, monotonicMs());
    const ledger = createLedger(timeline);
    const asker = createAsker(http, ledger);
    const supply = await openSupply(stage, http, ledger, options.tokens);
    const state = { taking: true, asking: true };
    const ownDelay = monitorEventLoopDelay({ resolution: 5 });
    ownDelay.enable();
    const takings = createTakings({
      stage,
      http,
      ledger,
      asker,
      holderOf: supply.holderOf,
      countFrom: options.countFrom,
      lasts: () => state.asking,
    });
    const troupe = { timeline, ledger, asker, cast: { stage, supply, takings } };
    const background = Promise.all([
      askAround(stage.doors, asker, ledger, () => state.asking),
      supply.keepFilled(() => state.taking),
      takeAround(options, supply, takings, () => state.taking),
    ]);
    const played = play(options, troupe);
    await Promise.race([played, background]);
    const recoveries = await played;
    state.taking = false;
    await settle(() => takings.all.every(({ returnedMs }) => returnedMs !== null));
    await delay(2 * stage.freshnessMs);
    state.asking = false;
    await settle(() => asker.underWay() === 0);
    http.close();
    await background;
    await takings.close();
    await judgeMade(stage.databaseUrl, ledger, takings.all);
    const logs = stage.nodes.map(({ server }) => server.stderr());
    return reportOf({
      options,
      timeline,
      ledger,
      takings: takings.all,
      watch: stage.watch,
      recoveries,
      logs,
      // What is measured is the whole delay, of which the wait that was asked for is a part.
      ownDelayMs: { p50: ownDelay.percentile(50) / 1e6, p99: ownDelay.percentile(99) / 1e6 },
    });
  } finally {
    http.close();
    await stage.close();
  }
}

type Troupe = {
  readonly timeline: Timeline;
  readonly ledger: Ledger;
  readonly asker: Asker;
  readonly cast: Cast;
};

async function play(options: FaultsOptions, troupe: Troupe): Promise<Recovery[]> {
  const recoveries: Recovery[] = [];
  const { doors } = troupe.cast.stage;
  const startedMs = monotonicMs();
  await back('start', doors, troupe, startedMs);
  await beHealthy(options, troupe);
  do {
    for (const scenario of options.scenarios) {
      options.tell(scenario.name);
      recoveries.push(...(await playOne(scenario, troupe)));
      await beHealthy(options, troupe);
    }
  } while (monotonicMs() - startedMs < options.minMs);
  return recoveries;
}

async function playOne(scenario: Scenario, troupe: Troupe): Promise<Recovery[]> {
  const { timeline, cast } = troupe;
  const { freshnessMs, doors } = cast.stage;
  const fault = scenario.plan(cast);
  const enter = (name: string, mayBeAway: (door: Door) => boolean) =>
    timeline.begin({ name, healthy: false, mayBeAway }, monotonicMs());
  const restarts = `${scenario.name}: nodes started anew`;
  if (scenario.restarts) {
    enter(restarts, () => true);
    await fault.begin();
    await back(restarts, doors, troupe, monotonicMs());
    enter(scenario.name, fault.mayBeAway);
  } else {
    enter(scenario.name, fault.mayBeAway);
    await fault.begin();
  }
  await delay(scenario.lastsMs(freshnessMs));
  if (scenario.restarts) enter(restarts, () => true);
  await fault.end();
  return await back(scenario.restarts ? restarts : scenario.name, doors, troupe, monotonicMs());
}

async function beHealthy({ healthyMs }: FaultsOptions, { timeline }: Troupe): Promise<void> {
  timeline.begin({ name: 'healthy', healthy: true, mayBeAway: () => false }, monotonicMs());
  await delay(healthyMs);
}

/** Asks at every door until it accepts a live token, and says how long that took. */
function back(
  phase: string,
  doors: readonly Door[],
  { asker, ledger }: Troupe,
  fromMs: number,
): Promise<Recovery[]> {
  const untilAccepted = async (door: Door): Promise<Recovery> => {
    let ms: number | null = null;
    while (ms === null && monotonicMs() - fromMs < BACK_WITHIN_MS) {
      void asker.ask(door, pick(ledger.live)).then((outcome) => {
        if (outcome === 'accepted') ms ??= monotonicMs() - fromMs;
      });
      await delay(ASK_BACK_EVERY_MS);
    }
    return { phase, door: door.name, ms };
  };
  return Promise.all(doors.map(untilAccepted));
}

/** Revocations in every way, as long as `lasts()` says; each is ended before its taker begins another. */
async function takeAround(
  { takers, deactivateEveryMs }: FaultsOptions,
  supply: Supply,
  takings: Takings,
  lasts: () => boolean,
): Promise<void> {
  let turn = 0;
  const takeTokens = async () => {
    while (lasts()) {
      const token = supply.take();
      if (!token) {
        await delay(50);
        continue;
      }
      turn += 1;
      if (turn % 20 === 5) {
        const more = Array.from({ length: SQL_TOKENS - 1 }, () => supply.take() ?? []).flat();
        await takings.bySql([token, ...more]);
      } else if (turn % 10 === 0) {
        await takings.byApiTwice(token);
      } else {
        await takings.byApi(token);
      }
    }
  };
  const takeHolders = async () => {
    while (lasts()) {
      const chosen = supply.takeHolder();
      if (chosen) await takings.byDeactivation(chosen.holder, chosen.tokens);
      for (let waitedMs = 0; lasts() && waitedMs < deactivateEveryMs; waitedMs += 100) await delay(100);
    }
  };
  await Promise.all([...Array.from({ length: takers }, takeTokens), takeHolders()]);
}

async function settle(settled: () => boolean): Promise<void> {
  for (let waitedMs = 0; !settled() && waitedMs < SETTLE_WITHIN_MS; waitedMs += 50) await delay(50);
}
