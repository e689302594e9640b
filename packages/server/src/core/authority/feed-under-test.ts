/** A freshness feed over a verifier whose source, clock and holds are in a test's hand. */
import {
  createTokenVerifier,
  hashAscii,
  type LoadKey,
  type Position,
  type Subject,
  secretKey,
  type TokenVerifier,
} from '@lencana/verifier/node';
import {
  ClockUnderTest,
  FRESHNESS_MS,
  SourceUnderTest,
  settle,
  TimerUnderTest,
} from '../../../../verifier/src/source-under-test.ts';
import { createFreshnessFeed, type FreshnessFeed } from './freshness-feed.ts';

/** Where the source stands at the start. */
export const HERE: Position = { history: 'h1', seq: 10 };
export const MARK = /^mark:[0-9a-f]{8}$/;
const keyOf = (presented: string): LoadKey => secretKey(hashAscii(presented, new Int32Array(8)));
export const [KEY, OTHER_KEY] = [keyOf('one'), keyOf('other')];

type Parts = Partial<Pick<TokenVerifier, 'lookUp' | 'isTrue'>> & { lease?: Partial<TokenVerifier['lease']> };

export type FeedUnderTest = {
  clock: ClockUnderTest;
  /** Of the holds; the verifier's own syncs are made by hand. */
  holds: TimerUnderTest;
  source: SourceUnderTest;
  verifier: TokenVerifier;
  feed: FreshnessFeed;
  /** A feed over the verifier, with parts of it or of its lease in another's place. */
  feedOf: (parts: Parts) => FreshnessFeed;
  /** Something is committed; this node does not know yet. */
  commit: (...changes: Subject[]) => void;
  /** It is committed, and this node has applied it. */
  change: (...changes: Subject[]) => Promise<void>;
};

export async function openFeed(): Promise<FeedUnderTest> {
  const clock = new ClockUnderTest();
  const holds = new TimerUnderTest();
  const source = new SourceUnderTest();
  const timer = new TimerUnderTest();
  const verifier = createTokenVerifier({ source, clock, timer, freshnessMs: FRESHNESS_MS });
  const feedOf = ({ lease, ...parts }: Parts) =>
    createFreshnessFeed({
      verifier: { ...verifier, ...parts, lease: { ...verifier.lease, ...lease } },
      timer: holds,
      freshnessMs: FRESHNESS_MS,
    });
  const commit = (...changes: Subject[]) => {
    source.seq++;
    source.changes = changes;
  };
  const change = async (...changes: Subject[]) => {
    commit(...changes);
    await verifier.lease.syncAfresh();
    source.changes = [];
  };
  const feed = feedOf({});
  await settle();
  return { clock, holds, source, verifier, feed, feedOf, commit, change };
}

/** What became of a call so far: its answer, or undefined. */
export function ask<Answer>(asked: Promise<Answer>): { answer: Answer | undefined } {
  const call: { answer: Answer | undefined } = { answer: undefined };
  void asked.then((answer) => {
    call.answer = answer;
  });
  return call;
}
