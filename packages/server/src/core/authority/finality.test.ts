import { describe, expect, it } from 'vitest';
import { Refusal } from '../refusal.ts';
import { createFinality, finalAfterMs } from './finality.ts';

const FRESHNESS_MS = 1000;
/** S, a thousandth of it for drift, and 50 ms. */
const FINAL_MS = 1051;
const WALL_MS = 1_800_000_000_000;

/** Every turn that is due is taken. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A finality whose time passes only when the test says so. `seen` is what it did, in order. */
function timed() {
  let nowMs = 5000;
  let wallMs = WALL_MS;
  let due: { atMs: number; ring: () => void }[] = [];
  const seen: string[] = [];
  const waits: number[] = [];
  const held = {
    freshnessMs: FRESHNESS_MS,
    /** How long a read of the largest S takes. */
    readMs: 0,
    readsToFail: 0,
    /** A timer that rings after nine tenths of the time has 0.9. */
    timerPace: 1,
  };
  const after = (ms: number) =>
    new Promise<void>((resolve) => {
      due.push({ atMs: nowMs + ms, ring: resolve });
    });
  const finality = createFinality({
    monotonicMs: () => nowMs,
    wallMs: () => wallMs,
    wait: (ms) => {
      waits.push(ms);
      return after(ms * held.timerPace);
    },
    freshnessMsMax: async () => {
      seen.push('read');
      if (held.readMs > 0) await after(held.readMs);
      if (held.readsToFail-- > 0) throw new Error('the store is away');
      return held.freshnessMs;
    },
    hurry: () => seen.push('hurry'),
  });

  async function pass(ms: number): Promise<void> {
    const endMs = nowMs + ms;
    const moveTo = (atMs: number) => {
      wallMs += atMs - nowMs;
      nowMs = atMs;
    };
    await settle();
    for (;;) {
      const [next] = due.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      due = due.filter((one) => one !== next);
      moveTo(Math.max(nowMs, next.atMs));
      next.ring();
      await settle();
    }
    moveTo(endMs);
  }

  /** What became of a call so far: the instant it gave, the Refusal, or undefined. */
  function settled(done = 'The token is deleted'): { end: unknown } {
    const call: { end: unknown } = { end: undefined };
    const keep = (end: unknown) => {
      call.end = end;
    };
    finality.settled(done).then(keep, keep);
    return call;
  }

  const setWallClock = (byMs: number) => {
    wallMs += byMs;
  };
  return { settled, pass, setWallClock, held, seen, waits };
}

describe('the wait of a change that takes authority away', () => {
  it('is S, one part in a thousand of it and 50 ms', async () => {
    expect(finalAfterMs(FRESHNESS_MS)).toBeCloseTo(FINAL_MS, 6);
    expect(finalAfterMs(60_000)).toBeCloseTo(60_110, 6);
    const { settled, pass } = timed();
    const call = settled();
    await pass(FINAL_MS - 1);
    expect(call.end).toBeUndefined();
    await pass(1);
    expect(call.end).toBe(WALL_MS + FINAL_MS);
  });

  it('is counted from the call, not from when the largest S had been read', async () => {
    const { settled, pass, held } = timed();
    held.readMs = 400;
    const call = settled();
    await pass(FINAL_MS - 1);
    expect(call.end).toBeUndefined();
    await pass(1);
    expect(call.end).toBe(WALL_MS + FINAL_MS);
  });

  it('is over at once where reading took longer than it', async () => {
    const { settled, pass, held, waits } = timed();
    held.readMs = 2 * FINAL_MS;
    const call = settled();
    await pass(2 * FINAL_MS);
    expect(call.end).toBe(WALL_MS + 2 * FINAL_MS);
    expect(waits).toEqual([]);
  });

  it('goes by the largest S as it is read after each call, never by one of before', async () => {
    const { settled, pass, held, seen } = timed();
    await settle();
    expect(seen).toEqual([]);
    settled();
    await pass(FINAL_MS);
    held.freshnessMs = 3000;
    const call = settled();
    await pass(finalAfterMs(3000) - 1);
    expect(call.end).toBeUndefined();
    await pass(1);
    expect(call.end).toEqual(expect.any(Number));
    expect(seen.filter((act) => act === 'read')).toHaveLength(2);
  });

  it('goes on when a timer rings early, and asks it for whole milliseconds', async () => {
    const { settled, pass, held, waits } = timed();
    held.timerPace = 0.9;
    const call = settled();
    await pass(FINAL_MS - 0.5);
    expect(call.end).toBeUndefined();
    await pass(2);
    expect(call.end).toBeGreaterThanOrEqual(WALL_MS + FINAL_MS);
    expect(waits.length).toBeGreaterThan(1);
    expect(waits.every(Number.isInteger)).toBe(true);
  });

  it.each([-3_600_000, 3_600_000])(
    'is neither shorter nor longer when the wall clock is set by %s ms, and ends with what it says then',
    async (byMs) => {
      const { settled, pass, setWallClock } = timed();
      const call = settled();
      await pass(500);
      setWallClock(byMs);
      await pass(FINAL_MS - 501);
      expect(call.end).toBeUndefined();
      await pass(1);
      expect(call.end).toBe(WALL_MS + byMs + FINAL_MS);
    },
  );

  it('of those who wait at the same time is side by side: each ends by its own call', async () => {
    const { settled, pass } = timed();
    const first = settled();
    await pass(600);
    const second = settled();
    await pass(FINAL_MS - 600);
    expect(first.end).toBe(WALL_MS + FINAL_MS);
    expect(second.end).toBeUndefined();
    await pass(600);
    expect(second.end).toBe(WALL_MS + 600 + FINAL_MS);
  });

  it('begins with making this node learn of the change, once and before anything is waited for', async () => {
    const { settled, pass, held, seen } = timed();
    held.readsToFail = 1;
    settled();
    expect(seen).toEqual(['hurry', 'read']);
    await pass(FINAL_MS);
    expect(seen).toEqual(['hurry', 'read', 'read']);
  });
});

describe('a largest S that cannot be read', () => {
  it('is read again every 100 ms, which makes the wait no longer', async () => {
    const { settled, pass, held, waits } = timed();
    held.readsToFail = 3;
    const call = settled();
    await pass(FINAL_MS);
    expect(waits).toEqual([100, 100, 100, FINAL_MS - 300]);
    expect(call.end).toBe(WALL_MS + FINAL_MS);
  });

  it('counts as it is when it can be read at last', async () => {
    const { settled, pass, held } = timed();
    held.readsToFail = 5;
    const call = settled();
    await pass(450);
    held.freshnessMs = 2000;
    await pass(FINAL_MS - 450);
    expect(call.end).toBeUndefined();
    await pass(finalAfterMs(2000) - FINAL_MS);
    await pass(1);
    expect(call.end).toEqual(expect.any(Number));
  });

  it('is not_yet_final after a second of reading, and never taken for final', async () => {
    const { settled, pass, held, seen } = timed();
    held.readsToFail = Number.POSITIVE_INFINITY;
    const call = settled('The token is deleted');
    await pass(999);
    expect(call.end).toBeUndefined();
    await pass(1);
    expect(call.end).toBeInstanceOf(Refusal);
    expect(call.end).toMatchObject({
      code: 'not_yet_final',
      message: expect.stringMatching(/^The token is deleted\. .*cannot be confirmed right now\. .*again/),
    });
    expect(seen.filter((act) => act === 'read')).toHaveLength(11);
  });

  it('is not read again when the second would be over before', async () => {
    const { settled, pass, held, seen } = timed();
    held.readMs = 901;
    held.readsToFail = 1;
    const call = settled();
    await pass(901);
    expect(call.end).toMatchObject({ code: 'not_yet_final' });
    expect(seen).toEqual(['hurry', 'read']);
  });

  it('refuses the call that met it, and not the next one', async () => {
    const { settled, pass, held } = timed();
    held.readsToFail = 11;
    const refused = settled();
    await pass(1000);
    const next = settled();
    await pass(FINAL_MS);
    expect(refused.end).toBeInstanceOf(Refusal);
    expect(next.end).toBe(WALL_MS + 1000 + FINAL_MS);
  });
});
