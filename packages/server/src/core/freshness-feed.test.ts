import {
  createTokenVerifier,
  generateSecret,
  type HashWords,
  hashAscii,
  type Position,
  type Subject,
  type SyncAnswer,
  type TokenVerifier,
  wordsOfBytes,
} from '@lencana/verifier';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  ClockUnderTest,
  FRESHNESS_MS,
  RECORD,
  SourceUnderTest,
  SUBJECTS,
  settle,
  TimerUnderTest,
} from '../../../verifier/src/source-under-test.ts';
import { createFreshnessFeed, type FreshnessFeed } from './freshness-feed.ts';

const HERE: Position = { history: 'h1', seq: 10 };
const MARK = /^mark:[0-9a-f]{8}$/;
const A_MARK = expect.stringMatching(MARK);
const keyOf = (presented: string): HashWords => hashAscii(presented, new Int32Array(8));
const [KEY, OTHER_KEY] = [keyOf('one'), keyOf('other')];

let clock: ClockUnderTest;
/** Of the holds; the verifier's own syncs are made by hand. */
let holds: TimerUnderTest;
let source: SourceUnderTest;
let verifier: TokenVerifier;
let feed: FreshnessFeed;

beforeEach(async () => {
  clock = new ClockUnderTest();
  holds = new TimerUnderTest();
  source = new SourceUnderTest();
  verifier = createTokenVerifier({ source, clock, timer: new TimerUnderTest(), freshnessMs: FRESHNESS_MS });
  feed = feedOf({});
  await settle();
});

/** A feed over the verifier, with parts of it or of its lease in another's place. */
function feedOf({
  lease,
  ...parts
}: Partial<Pick<TokenVerifier, 'lookUp' | 'isTrue'>> & { lease?: Partial<TokenVerifier['lease']> }) {
  return createFreshnessFeed({
    verifier: { ...verifier, ...parts, lease: { ...verifier.lease, ...lease } },
    timer: holds,
    freshnessMs: FRESHNESS_MS,
  });
}

/** Something is committed; this node does not know yet. */
function commit(...changes: Subject[]): void {
  source.seq++;
  source.changes = changes;
}

/** It is committed, and this node has applied it. */
async function change(...changes: Subject[]): Promise<void> {
  commit(...changes);
  await verifier.lease.syncAfresh();
  source.changes = [];
}

/** What became of a call so far: its answer, or undefined. */
function ask<Answer>(asked: Promise<Answer>): { answer: Answer | undefined } {
  const call: { answer: Answer | undefined } = { answer: undefined };
  void asked.then((answer) => {
    call.answer = answer;
  });
  return call;
}

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
    expect(await feed.load([KEY], AHEAD)).toMatchObject({ ...AHEAD, loads: [{ record: source.record }] });
  });

  it('of what the database knows gets records as of the place there is, which it is told', async () => {
    expect(await feed.load([KEY], AHEAD)).toMatchObject({ ...HERE, loads: [{ record: RECORD }] });
  });
});

describe('a load', () => {
  it('answers with the record, its subjects as marks that name nobody, and the applied place', async () => {
    await change('token:t9');
    const answer = await feed.load([KEY], null);
    expect(answer).toEqual({
      history: 'h1',
      seq: 11,
      loads: [{ record: RECORD, subjects: SUBJECTS.map(() => A_MARK) }],
    });
    expect(new Set(answer?.loads[0]?.subjects).size).toBe(SUBJECTS.length);
  });

  it('answers for what there is not with the subject that its creation would change', async () => {
    source.record = null;
    source.subjects = ['secret:cc'];
    expect((await feed.load([KEY], null))?.loads).toEqual([{ record: null, subjects: [A_MARK] }]);
  });

  it('answers in the order of the keys', async () => {
    await feed.load([KEY], null);
    source.record = { ...RECORD, revokedAtMs: 1 };
    const answer = await feed.load([OTHER_KEY, KEY], null);
    expect(answer?.loads.map(({ record }) => record?.revokedAtMs)).toEqual([1, null]);
  });

  it('is null when the source fails, though others of its keys are known and the lease is live', async () => {
    await feed.load([KEY], null);
    source.failing = true;
    expect(await feed.load([KEY], null)).not.toBeNull();
    expect(await feed.load([KEY, OTHER_KEY], null)).toBeNull();
  });

  it('is null without a live lease, also when it ended while records were looked up', async () => {
    const lookUp: TokenVerifier['lookUp'] = async (key) => {
      const entry = await verifier.lookUp(key);
      clock.pass(FRESHNESS_MS);
      return entry;
    };
    expect(await feedOf({ lookUp }).load([KEY], null)).toBeNull();
    source.failing = true;
    expect(await feed.load([KEY], null)).toBeNull();
  });

  it('has all records as of one moment: one that changed before the last was there is looked up again', async () => {
    await feed.load([KEY], null);
    source.hold('load');
    const call = ask(feed.load([KEY, OTHER_KEY], null));
    await settle();
    source.record = { ...RECORD, revokedAtMs: 1 };
    await change('token:t1');
    source.release();
    await settle();
    expect(call.answer?.seq).toBe(11);
    expect(call.answer?.loads.map(({ record }) => record?.revokedAtMs)).toEqual([1, 1]);
  });

  it('is null rather than of several moments, when records change time and again', async () => {
    let lookUps = 0;
    const lookUp: TokenVerifier['lookUp'] = (key) => {
      lookUps++;
      return verifier.lookUp(key);
    };
    expect(await feedOf({ lookUp, isTrue: () => lookUps > 20 }).load([KEY], null)).toBeNull();
    expect(lookUps).toBe(4);
  });

  it('makes no sync for who is not ahead, or of another history', async () => {
    for (const after of [null, HERE, { history: 'h0', seq: 99 }]) await feed.load([KEY], after);
    expect(source.syncedFrom).toHaveLength(1);
  });
});

describe('a verifier inside a service, told by this feed', () => {
  const secret = generateSecret().reveal();
  /** How long an answer is on its way, in milliseconds. */
  let onItsWayMs: number;
  let service: TokenVerifier;

  beforeEach(async () => {
    onItsWayMs = 0;
    const told = <Answer>(answer: Answer | null): Answer => {
      if (answer === null) throw new Error('the node cannot say');
      clock.pass(onItsWayMs);
      return answer;
    };
    const fed = {
      sync: async (from: Position | null): Promise<SyncAnswer> => told(await feed.sync(from, 0)),
      load: async (key: Uint8Array, known?: Position) => {
        const { loads, ...place } = told(await feed.load([wordsOfBytes(key)], known ?? null));
        const [load] = loads;
        return { ...place, value: load?.record ?? null, subjects: load?.subjects ?? [] };
      },
      close: async () => {},
    };
    const timer = new TimerUnderTest();
    service = createTokenVerifier({ source: fed, clock, timer, freshnessMs: FRESHNESS_MS });
    await settle();
  });

  it.each([0, 100])(
    'has a lease that does not outlive the node’s, with answers %s ms on their way',
    async (ms) => {
      onItsWayMs = ms;
      clock.pass(400);
      await service.lease.syncAfresh();
      clock.pass(FRESHNESS_MS - 400 - ms - 1);
      expect([service.lease.isLive(), verifier.lease.isLive()]).toEqual([true, true]);
      clock.pass(1);
      source.failing = true;
      expect([service.lease.isLive(), verifier.lease.isLive()]).toEqual([false, false]);
      expect(await service.verify(secret)).toEqual({ outcome: 'unavailable' });
    },
  );

  it.each(SUBJECTS)('drops what depends on %s once the node told it of its change', async (subject) => {
    expect(await service.verify(secret)).toMatchObject({ outcome: 'active' });
    expect(service.verifyCached(secret)).toBeDefined();
    source.record = { ...RECORD, revokedAtMs: 1 };
    await change(subject);
    await service.lease.syncAfresh();
    expect(service.verifyCached(secret)).toBeUndefined();
    expect(await service.verify(secret)).toMatchObject({ reason: 'revoked' });
  });
});
