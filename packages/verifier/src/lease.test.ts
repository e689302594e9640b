import { beforeEach, describe, expect, it } from 'vitest';
import type { Position } from './authority.ts';
import { createLease, type Lease } from './lease.ts';
import {
  ClockUnderTest,
  FRESHNESS_MS,
  SourceUnderTest,
  settle,
  TimerUnderTest,
} from './source-under-test.ts';

let clock: ClockUnderTest;
let timer: TimerUnderTest;
let source: SourceUnderTest;
let lease: Lease;
const failures: unknown[] = [];

beforeEach(() => {
  clock = new ClockUnderTest();
  timer = new TimerUnderTest();
  source = new SourceUnderTest();
  failures.length = 0;
  const onFailure = (error: unknown) => failures.push(error);
  lease = createLease({ source, clock, timer, freshnessMs: FRESHNESS_MS, onFailure });
});

describe('a lease', () => {
  it('does not exist before the first sync, and lasts S from the start of a sync, not from its end', async () => {
    expect(lease.isLive()).toBe(false);
    source.hold('sync');
    const syncing = lease.sync();
    clock.pass(400);
    source.release();
    await syncing;
    expect(lease.remainingMs()).toBe(600);
    clock.pass(599);
    expect(lease.isLive()).toBe(true);
    clock.pass(1);
    expect(lease.isLive()).toBe(false);
    expect(lease.authorityNowMs()).toBeNaN();
  });

  it('is no longer than the source allows, and never longer than S', async () => {
    source.leaseMs = 250;
    await lease.sync();
    expect(lease.remainingMs()).toBe(250);
    source.leaseMs = 60_000;
    await lease.sync();
    expect(lease.remainingMs()).toBe(FRESHNESS_MS);
  });

  it('of an answer that came too late is over before it begins, and another sync is made for a verdict', async () => {
    source.hold('sync');
    const renewing = lease.renew();
    clock.pass(FRESHNESS_MS);
    source.release();
    expect(await renewing).toBe(true);
    expect(source.syncedFrom).toHaveLength(2);
  });

  it.each([26, -26, 3_600_000])('ends when wall and monotonic clock part by %s ms', async (ms) => {
    await lease.sync();
    clock.jump(ms);
    expect(lease.isLive()).toBe(false);
    expect(await lease.renew()).toBe(true);
  });

  it('is kept through a step of the clock that is smaller than the margin of the wait', async () => {
    await lease.sync();
    clock.jump(25);
    expect(lease.isLive()).toBe(true);
  });

  it('keeps the longer of two that hold, but takes the shorter one of another history', async () => {
    await lease.sync();
    clock.pass(100);
    source.leaseMs = 300;
    await lease.sync();
    expect(lease.remainingMs()).toBe(900);
    source.history = 'h2';
    await lease.sync();
    expect(lease.remainingMs()).toBe(300);
  });

  it('judges expiry by the authority’s clock, ahead by the duration of the sync at most', async () => {
    source.hold('sync');
    source.nowMs = 42_000;
    const syncing = lease.sync();
    clock.pass(30);
    source.release();
    await syncing;
    clock.pass(70);
    expect(lease.authorityNowMs()).toBe(42_100);
  });
});

describe('syncing', () => {
  it('goes on by itself every third of S, and sooner after a failure', async () => {
    await lease.sync();
    expect([...timer.due.values()].map(Math.round)).toEqual([Math.round(FRESHNESS_MS / 3)]);
    source.failing = true;
    timer.ring();
    await settle();
    expect(failures).toHaveLength(1);
    expect([...timer.due.values()]).toEqual([100]);
    source.failing = false;
    timer.ring();
    await settle();
    expect([...timer.due.values()].map(Math.round)).toEqual([Math.round(FRESHNESS_MS / 3)]);
  });

  it('starts once more at once when hurried while one is under way', async () => {
    source.hold('sync');
    const syncing = lease.sync();
    lease.hurry();
    source.release();
    await syncing;
    expect([...timer.due.values()]).toEqual([0]);
  });

  it('afresh starts after the call, whatever is under way', async () => {
    source.hold('sync');
    void lease.sync();
    const afresh = lease.syncAfresh();
    await settle();
    expect(source.syncedFrom).toHaveLength(1);
    source.release();
    expect(await afresh).toBe(true);
    expect(source.syncedFrom).toHaveLength(2);
  });

  it('does not make a verdict wait for a source that is failing', async () => {
    source.failing = true;
    await lease.sync();
    expect(await lease.renew()).toBe(false);
    expect(source.syncedFrom).toHaveLength(1);
  });

  it('ends with close: no lease, no timer, and an answer under way is not applied', async () => {
    source.hold('sync');
    const syncing = lease.sync();
    lease.close();
    source.release();
    expect(await syncing).toBe(false);
    expect(lease.isLive()).toBe(false);
    expect(timer.due.size).toBe(0);
    expect(await lease.sync()).toBe(false);
  });
});

describe('the log', () => {
  it.each<[string, () => void]>([
    ['another history', () => (source.history = 'h2')],
    ['a log behind what was applied', () => (source.seq = 9)],
    ['a gap longer than changes are kept', () => Object.assign(source, { seq: 90, keptAfterSeq: 11 })],
    ['changes that cannot be said', () => Object.assign(source, { seq: 90, changes: null })],
  ])('with %s voids everything that is known', async (_name, change) => {
    await lease.sync();
    const { era } = lease.stamps;
    change();
    await lease.sync();
    expect(lease.stamps.era).toBe(era + 1);
    expect(lease.position()).toEqual({ history: source.history, seq: source.seq });
  });

  it('is told on to others from where they stand', async () => {
    await lease.sync();
    Object.assign(source, { seq: 12, changes: ['token:a', 'user:b'] });
    await lease.sync();
    Object.assign(source, { seq: 15, changes: ['token:c'] });
    await lease.sync();
    const after = (seq: number, history = 'h1') => lease.changesAfter({ history, seq }).changes;
    expect(after(15)).toEqual([]);
    expect(after(12)).toHaveLength(1);
    expect(after(10)).toHaveLength(3);
    // In the middle of what was applied at once: all of it, which drops more than is needed and never less.
    expect(after(11)).toHaveLength(3);
    expect(after(9)).toBeNull();
    expect(after(16)).toBeNull();
    expect(after(15, 'h2')).toBeNull();
    expect(after(12)?.[0]).toMatch(/^mark:[0-9a-f]{8}$/);
  });
});

describe('whatever others do', () => {
  it('a listener that throws at a failure ends no syncs', async () => {
    const loud = createLease({
      source,
      clock,
      timer,
      freshnessMs: FRESHNESS_MS,
      onFailure: () => {
        throw new Error('the listener has a bug');
      },
    });
    source.failing = true;
    expect(await loud.sync()).toBe(false);
    source.failing = false;
    expect(await loud.sync()).toBe(true);
    expect(loud.isLive()).toBe(true);
  });

  it('a source that throws in the very turn is asked again', async () => {
    let throwing = true;
    const rude = {
      sync: (from: Position | null) => {
        if (throwing) throw new Error('at once');
        return source.sync(from);
      },
    };
    const kept = createLease({ source: rude, clock, timer, freshnessMs: FRESHNESS_MS });
    expect(await kept.sync()).toBe(false);
    throwing = false;
    expect(await kept.syncAfresh()).toBe(true);
  });

  it('many who want a sync afresh share the next one', async () => {
    source.hold('sync');
    void lease.sync();
    const all = Promise.all(Array.from({ length: 50 }, () => lease.syncAfresh()));
    source.release();
    await all;
    expect(source.syncedFrom).toHaveLength(2);
  });
});
