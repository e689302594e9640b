/** What the feed tells of records, and a verifier that lives on it. */
import {
  createTokenVerifier,
  generateSecret,
  type LoadAnswer,
  type LoadKey,
  type Position,
  readLoadAnswers,
  type SyncAnswer,
  type TokenVerifier,
  writeLoadAnswer,
} from '@lencana/verifier/node';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  FRESHNESS_MS,
  holderOf,
  RECORD,
  SUBJECTS,
  secretOf,
  settle,
  TimerUnderTest,
} from '../../../../verifier/src/source-under-test.ts';
import { ask, type FeedUnderTest, HERE, KEY, MARK, OTHER_KEY, openFeed } from './feed-under-test.ts';
import { wiredLoads } from './freshness-feed.ts';

const A_MARK = expect.stringMatching(MARK);

let clock: FeedUnderTest['clock'];
let source: FeedUnderTest['source'];
let verifier: FeedUnderTest['verifier'];
let feed: FeedUnderTest['feed'];
let feedOf: FeedUnderTest['feedOf'];
let change: FeedUnderTest['change'];

beforeEach(async () => {
  ({ clock, source, verifier, feed, feedOf, change } = await openFeed());
});

describe('a load', () => {
  it('answers with the entry and its holder, their subjects as marks that name nobody, and the applied place', async () => {
    await change('token:t9');
    const answer = await feed.load([KEY], null);
    expect(answer && wiredLoads(answer, [KEY])).toEqual({
      history: 'h1',
      seq: 11,
      loads: [{ key: KEY, value: secretOf(RECORD), subjects: [A_MARK, A_MARK] }],
      along: [{ key: 'user:u1', value: holderOf(RECORD), subjects: [A_MARK, A_MARK] }],
    });
    const subjects = answer?.entries[0]?.parts.flatMap(({ marks }) => marks);
    expect(new Set(subjects).size).toBe(SUBJECTS.length);
  });

  it('tells a holder once, however many entries refer to it, and alone when it alone is asked for', async () => {
    const answer = await feed.load([KEY, OTHER_KEY], null);
    expect(answer && wiredLoads(answer, [KEY, OTHER_KEY]).along).toHaveLength(1);
    const holder = await feed.load(['user:u1'], null);
    expect(holder && wiredLoads(holder, ['user:u1'])).toMatchObject({
      loads: [{ key: 'user:u1', value: holderOf(RECORD) }],
      along: [],
    });
  });

  it('says at which place of the log it is true, where it was read later than what is applied here', async () => {
    source.seq = 12;
    source.hold('sync');
    expect((await feed.load([KEY], null))?.seq).toBe(12);
    expect(verifier.lease.position()?.seq).toBe(10);
    source.release();
  });

  it('is null for a kind that there is not', async () => {
    expect(await feed.load(['planet:mars'], null)).toBeNull();
  });

  it('answers for what there is not with the subject that its creation would change', async () => {
    source.record = null;
    source.subjects = ['secret:cc'];
    const answer = await feed.load([KEY], null);
    expect(answer && wiredLoads(answer, [KEY])).toMatchObject({
      loads: [{ key: KEY, value: null, subjects: [A_MARK] }],
      along: [],
    });
  });

  it('answers in the order of the keys', async () => {
    await feed.load([KEY], null);
    source.record = { ...RECORD, revokedAtMs: 1 };
    const answer = await feed.load([OTHER_KEY, KEY], null);
    expect(answer?.entries.map(({ value }) => value?.revokedAtMs)).toEqual([1, null]);
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
    expect(call.answer?.entries.map(({ value }) => value?.revokedAtMs)).toEqual([1, 1]);
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
      load: async (key: LoadKey, known?: Position) => {
        const answer = told(await feed.load([key], known ?? null));
        const sent = JSON.stringify(writeLoadAnswer(wiredLoads(answer, [key])));
        const [read] = readLoadAnswers(JSON.parse(sent), [key]);
        return read as LoadAnswer;
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
    expect(service.verifyNow(secret)).toMatchObject({ outcome: 'active' });
    source.record = { ...RECORD, revokedAtMs: 1, holderDeactivatedAtMs: 1 };
    await change(subject);
    await service.lease.syncAfresh();
    expect(service.verifyNow(secret)).toBeInstanceOf(Promise);
    // The part that the subject is about is loaded anew, and no other.
    const reason = /^(user|role):/.test(subject) ? 'holder_deactivated' : 'revoked';
    expect(await service.verify(secret)).toMatchObject({ reason });
  });
});
