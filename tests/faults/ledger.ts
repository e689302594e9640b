/**
 * What is known of each token, and the judgement of every answer about it. A token is *going* from the moment at which a call to take
 * it away begins, and *gone* from the moment at which such a call has returned. Pure: instants are passed in, all in milliseconds
 * of the run's one clock; those that end in `AtMs` are of the day's clock.
 */
import type { Door, Outcome } from './doors.ts';
import type { Asked } from './http-client.ts';
import type { Phase, Timeline } from './timeline.ts';

export type Token = {
  readonly id: string;
  readonly secret: string;
  readonly holderId: string;
  goingMs: number | null;
  goneMs: number | null;
  /** `refused_everywhere_at` of the first call that returned. */
  saidAtMs: number | null;
  /** When the last acceptance came in. */
  lastAcceptedMs: number | null;
  /** The latest start of a request that was accepted. */
  lastAcceptedStartAtMs: number;
};

export type Answer = Asked & { readonly outcome: Outcome; readonly status: number };

/** An answer that must not be, with what is needed to look into it. */
export type Wrong = {
  readonly what:
    | 'accepted late'
    | 'accepted after the stated instant'
    | 'live token refused'
    | 'odd answer'
    | 'made after the taking'
    | 'left of what was to go with its maker';
  readonly phase: string;
  readonly door: string;
  readonly tokenId: string;
  readonly status: number;
  /** How long after the return, or the stated instant, the request started. */
  readonly afterMs: number | null;
};

export type Tally = {
  answers: number;
  accepted: number;
  acceptedLate: number;
  acceptedAfterStated: number;
  /** Accepted after the return, asked before it. */
  acceptedInFlight: number;
  liveRefused: number;
  /** Of live tokens, 503 or no answer at all, at doors that may be away in this phase. */
  awayDeclared: number;
  unavailableUndeclared: number;
  noAnswerUndeclared: number;
  odd: number;
  /** Tokens made on tokens that were taken away. */
  made: number;
  /** Of them, those made after the commit that took their maker's authority away. */
  madeLate: number;
  /** Of them, those that live though they were to go with their maker. */
  madeLeft: number;
};

const emptyTally = (): Tally => ({
  answers: 0,
  accepted: 0,
  acceptedLate: 0,
  acceptedAfterStated: 0,
  acceptedInFlight: 0,
  liveRefused: 0,
  awayDeclared: 0,
  unavailableUndeclared: 0,
  noAnswerUndeclared: 0,
  odd: 0,
  made: 0,
  madeLate: 0,
  madeLeft: 0,
});

/** How many wrong answers are kept in full; all are counted. */
const WRONGS_KEPT_MAX = 200;

export type Ledger = ReturnType<typeof createLedger>;

export function createLedger(timeline: Timeline) {
  const live: Token[] = [];
  const gone: Token[] = [];
  const wrongs: Wrong[] = [];
  const tallies = new Map<string, Tally>();
  /** By phase, door and outcome. */
  const undeclared = new Map<string, number>();

  const tallyOf = (phase: Phase): Tally => {
    const tally = tallies.get(phase.name) ?? emptyTally();
    tallies.set(phase.name, tally);
    return tally;
  };

  function add(fields: Pick<Token, 'id' | 'secret' | 'holderId'>): Token {
    const token: Token = {
      ...fields,
      goingMs: null,
      goneMs: null,
      saidAtMs: null,
      lastAcceptedMs: null,
      lastAcceptedStartAtMs: 0,
    };
    live.push(token);
    return token;
  }

  /** Called before the call that takes it away is sent. */
  function going(token: Token, atMs: number): void {
    token.goingMs ??= atMs;
    const at = live.indexOf(token);
    if (at >= 0) live.splice(at, 1);
  }

  /** Called when a call that took it away has returned; the first counts. */
  function goneFrom(token: Token, atMs: number, saidAtMs: number | null): void {
    if (token.goneMs !== null) return;
    token.goneMs = atMs;
    token.saidAtMs = saidAtMs;
    gone.push(token);
    if (saidAtMs !== null && token.lastAcceptedStartAtMs > saidAtMs) {
      const tally = tallyOf(timeline.of(atMs, atMs));
      tally.acceptedAfterStated++;
      keep({
        what: 'accepted after the stated instant',
        phase: timeline.of(atMs, atMs).name,
        door: '',
        tokenId: token.id,
        status: 200,
        afterMs: token.lastAcceptedStartAtMs - saidAtMs,
      });
    }
  }

  function keep(wrong: Wrong): void {
    if (wrongs.length < WRONGS_KEPT_MAX) wrongs.push(wrong);
  }

  /** Judges an answer at the moment at which it has come. */
  function judge(token: Token, door: Door, answer: Answer): void {
    const phase = timeline.of(answer.startedMs, answer.endedMs);
    const tally = tallyOf(phase);
    const wrong = (what: Wrong['what'], afterMs: number | null = null) =>
      keep({ what, phase: phase.name, door: door.name, tokenId: token.id, status: answer.status, afterMs });
    tally.answers++;
    if (answer.outcome === 'accepted') {
      judgeAcceptance(token, answer, tally, wrong);
    } else if (answer.outcome === 'odd') {
      tally.odd++;
      wrong('odd answer');
    } else if (token.goingMs === null) {
      judgeRefusalOfLive(answer.outcome, phase, door, tally, wrong);
    }
  }

  function judgeRefusalOfLive(
    outcome: 'refused' | 'unavailable' | 'no answer',
    phase: Phase,
    door: Door,
    tally: Tally,
    wrong: (what: Wrong['what']) => void,
  ): void {
    if (outcome === 'refused') {
      tally.liveRefused++;
      wrong('live token refused');
      return;
    }
    if (phase.mayBeAway(door)) {
      tally.awayDeclared++;
      return;
    }
    if (outcome === 'unavailable') tally.unavailableUndeclared++;
    else tally.noAnswerUndeclared++;
    const where = `${outcome} at ${door.name} (${phase.name})`;
    undeclared.set(where, (undeclared.get(where) ?? 0) + 1);
  }

  function judgeAcceptance(
    token: Token,
    answer: Answer,
    tally: Tally,
    wrong: (what: Wrong['what'], afterMs: number) => void,
  ): void {
    tally.accepted++;
    token.lastAcceptedMs = answer.endedMs;
    token.lastAcceptedStartAtMs = Math.max(token.lastAcceptedStartAtMs, answer.startedAtMs);
    if (token.goneMs === null) return;
    if (answer.startedMs > token.goneMs) {
      tally.acceptedLate++;
      wrong('accepted late', answer.startedMs - token.goneMs);
    } else {
      tally.acceptedInFlight++;
    }
    if (token.saidAtMs !== null && answer.startedAtMs > token.saidAtMs) {
      tally.acceptedAfterStated++;
      wrong('accepted after the stated instant', answer.startedAtMs - token.saidAtMs);
    }
  }

  /** A token that was made on one which was taken away by a call from `calledMs` to `returnedMs`. */
  function made(
    tokenId: string,
    calledMs: number,
    returnedMs: number,
    { isLate, isLeft }: { readonly isLate: boolean; readonly isLeft: boolean },
  ): void {
    const phase = timeline.of(calledMs, returnedMs);
    const tally = tallyOf(phase);
    const wrong = (what: Wrong['what']) =>
      keep({ what, phase: phase.name, door: '', tokenId, status: 201, afterMs: null });
    tally.made++;
    if (isLate) {
      tally.madeLate++;
      wrong('made after the taking');
    }
    if (isLeft) {
      tally.madeLeft++;
      wrong('left of what was to go with its maker');
    }
  }

  return { live, gone, wrongs, tallies, undeclared, add, going, goneFrom, judge, made };
}
