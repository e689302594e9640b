/** What the feed tells of changes, when it holds, and whom it believes to be ahead. */
import { createTokenVerifier, type Position, type TokenVerifier } from '@lencana/verifier/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { FRESHNESS_MS, RECORD, settle } from '../../../../verifier/src/source-under-test.ts';
import { ask, type FeedUnderTest, HERE, KEY, MARK, openFeed } from './feed-under-test.ts';

const A_MARK = expect.stringMatching(MARK);

let clock: FeedUnderTest['clock'];
let holds: FeedUnderTest['holds'];
let source: FeedUnderTest['source'];
let verifier: FeedUnderTest['verifier'];
let feed: FeedUnderTest['feed'];
let feedOf: FeedUnderTest['feedOf'];
let commit: FeedUnderTest['commit'];
let change: FeedUnderTest['change'];

beforeEach(async () => {
  ({ clock, holds, source, verifier, feed, feedOf, commit, change } = await openFeed());
});

describe('without a live lease a sync', () => {
  it('is null while the source is away, and is not held', async () => {
    clock.pass(FRESHNESS_MS);
    source.failing = true;
    const call = ask(feed.sync(HERE, 300));
    await settle();
    expect(call.answer).toBeNull();
    expect(await feed.sync(null, 0)).toBeNull();
  });

  it('renews it first where the source can be asked', async () => {
    clock.pass(FRESHNESS_MS);
    expect(await feed.sync(HERE, 0)).toMatchObject({ seq: 10, changes: [], leaseMs: FRESHNESS_MS });
    expect(source.syncedFrom).toHaveLength(2);
  });

  it('is null when the lease ended during the hold and cannot be renewed, and renews it where it can', async () => {
    const lost = ask(feed.sync(HERE, 300));
    await settle();
    clock.pass(FRESHNESS_MS);
    source.failing = true;
    holds.ring();
    await settle();
    expect(lost.answer).toBeNull();

    source.failing = false;
    await verifier.lease.sync();
    const renewed = ask(feed.sync(HERE, 300));
    await settle();
    clock.pass(FRESHNESS_MS);
    holds.ring();
    await settle();
    expect(renewed.answer).toMatchObject({ leaseMs: FRESHNESS_MS });
  });

  it('is null when it ends between its renewal and the answer', async () => {
    const renew = async () => {
      clock.pass(FRESHNESS_MS);
      return true;
    };
    expect(await feedOf({ lease: { renew } }).sync(HERE, 0)).toBeNull();
  });
});

describe('what a sync tells', () => {
  it('is what is left of this node’s lease, and the authority’s clock, at the answer', async () => {
    clock.pass(400);
    const { nowMs } = source;
    expect(await feed.sync(HERE, 0)).toMatchObject({ leaseMs: 600, nowMs: nowMs + 400 });
  });

  it('is everything that changed after the place, up to where this node stands, and names nobody', async () => {
    await change('user:u1', 'token:t1');
    await change('role:member');
    const all = await feed.sync(HERE, 0);
    expect(all).toMatchObject({ history: 'h1', seq: 12, changes: [A_MARK, A_MARK, A_MARK] });
    const last = await feed.sync({ ...HERE, seq: 11 }, 0);
    expect(last?.changes).toEqual(all?.changes?.slice(2));
  });

  it('has place, changes and remainder from one turn, though all of them move on with every turn', async () => {
    let turn = 100;
    const ofThisTurn = () => {
      const now = turn;
      queueMicrotask(() => {
        turn = now + 1;
      });
      return now;
    };
    const moving = feedOf({
      lease: {
        renew: async () => true,
        position: () => ({ history: 'h1', seq: ofThisTurn() }),
        changesAfter: () => ({ changes: [`token:${ofThisTurn()}`], keptAfterSeq: 0 }),
        remainingMs: () => ofThisTurn(),
        authorityNowMs: () => ofThisTurn(),
      },
    });
    const answer = await moving.sync(HERE, 300);
    expect(answer?.seq).toBeGreaterThan(100);
    const seq = answer?.seq;
    expect(answer).toMatchObject({ leaseMs: seq, nowMs: seq, changes: [`token:${seq}`] });
  });

  it('is “everything may have changed” to who has no place yet', async () => {
    await change('token:t1');
    expect(await feed.sync(null, 300)).toMatchObject({ seq: 11, changes: null, keptAfterSeq: 11 });
  });

  it('is “everything may have changed” to who is of another history, at once and without a sync', async () => {
    for (const seq of [10, 99]) {
      expect(await feed.sync({ history: 'h0', seq }, 300)).toMatchObject({ ...HERE, changes: null });
    }
    expect(source.syncedFrom).toHaveLength(1);
  });

  it('is “everything may have changed” to who stands before the first change that is kept', async () => {
    await change('token:t1');
    expect(await feed.sync({ ...HERE, seq: 9 }, 300)).toMatchObject({ seq: 11, changes: null });
    expect(await feed.sync(HERE, 300)).toMatchObject({ seq: 11, changes: [A_MARK] });
  });
});

describe('a held sync', () => {
  it('waits for as long as it was asked to, and at most S/3', async () => {
    const call = ask(feed.sync(HERE, 60_000));
    void feed.sync(HERE, 100);
    await settle();
    expect([...holds.due.values()]).toEqual([FRESHNESS_MS / 3, 100]);
    expect(call.answer).toBeUndefined();
    holds.ring();
    await settle();
    expect(call.answer).toMatchObject({ ...HERE, changes: [] });
  });

  it('is answered as soon as this node learns of a change, and leaves no timer and no listener', async () => {
    let listeners = 0;
    const onSync: TokenVerifier['lease']['onSync'] = (listener) => {
      const forget = verifier.lease.onSync(listener);
      listeners++;
      return () => {
        listeners--;
        forget();
      };
    };
    const call = ask(feedOf({ lease: { onSync } }).sync(HERE, 300));
    await settle();
    expect([listeners, holds.due.size]).toEqual([1, 1]);
    clock.pass(200);
    await change('token:t1');
    clock.pass(50);
    await settle();
    expect(call.answer).toMatchObject({ seq: 11, changes: [A_MARK] });
    expect([listeners, holds.due.size]).toEqual([0, 0]);
  });

  it('is not ended by a sync that finds nothing', async () => {
    const call = ask(feed.sync(HERE, 300));
    await settle();
    await verifier.lease.syncAfresh();
    await settle();
    expect(call.answer).toBeUndefined();
    expect(holds.due.size).toBe(1);
  });

  it('is answered when another history begins at the same number', async () => {
    const call = ask(feed.sync(HERE, 300));
    await settle();
    source.history = 'h2';
    await verifier.lease.syncAfresh();
    await settle();
    expect(call.answer).toMatchObject({ history: 'h2', seq: 10, changes: null });
  });

  it('is not one for who did not ask to be, nor for who stands elsewhere', async () => {
    await change('token:t1');
    for (const [after, holdMs] of [
      [{ ...HERE, seq: 11 }, 0],
      [HERE, 300],
      [null, 300],
    ] as const) {
      expect(await feed.sync(after, holdMs)).toMatchObject({ seq: 11 });
    }
    expect(holds.due.size).toBe(0);
  });
});

describe('somebody ahead', () => {
  const AHEAD: Position = { history: 'h1', seq: 11 };

  it('makes this node sync, and gets no answer of before', async () => {
    commit('token:t1');
    expect(await feed.sync(AHEAD, 0)).toMatchObject({ ...AHEAD, changes: [] });
  });

  it('makes it sync afresh: what a sync that began before finds is not enough', async () => {
    source.hold('sync');
    void verifier.lease.sync();
    commit('token:t1');
    const synced = feed.sync(AHEAD, 0);
    const loaded = feed.load([KEY], AHEAD);
    source.release();
    expect(await synced).toMatchObject({ ...AHEAD, changes: [] });
    expect(await loaded).toMatchObject(AHEAD);
  });

  it('of what the database knows, because it was rolled back, is told that everything may have changed', async () => {
    expect(await feed.sync(AHEAD, 300)).toMatchObject({ ...HERE, changes: null });
    expect(source.syncedFrom).toHaveLength(2);
  });

  it('of a node that has not synced at all makes it try, though its last try failed', async () => {
    source.failing = true;
    verifier = createTokenVerifier({ source, clock, timer: holds, freshnessMs: FRESHNESS_MS });
    await settle();
    source.failing = false;
    expect(await feedOf({}).sync(HERE, 0)).toMatchObject({ ...HERE, changes: [] });
  });

  it('gets records as of its place or later', async () => {
    await feed.load([KEY], null);
    commit('token:t1');
    source.record = { ...RECORD, revokedAtMs: 1 };
    expect(await feed.load([KEY], AHEAD)).toMatchObject({ ...AHEAD, entries: [{ value: source.record }] });
  });

  it('of what the database knows gets records as of the place there is, which it is told', async () => {
    expect(await feed.load([KEY], AHEAD)).toMatchObject({ ...HERE, entries: [{ value: RECORD }] });
  });
});
