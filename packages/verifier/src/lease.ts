/**
 * The right to answer from memory, and until when. A lease is renewed by a sync: the changes since the last one are applied, and
 * from the *start* of the sync on it lasts for the freshness S. A revocation returns S and a margin after its commit, so
 * whoever still has a lease by then has started a sync after the commit and knows of it. Pure: source, clock and timer are
 * passed in. What is cached under the lease is not its business.
 */
import type { Position, Subject, SyncAnswer, SyncSource } from './authority.ts';
import { ChangeStamps, markOf, subjectOfMark } from './change-stamps.ts';

/** `monotonicMs` never goes back and is not set by anybody; `wallMs` is the epoch clock. Both in milliseconds. */
export type VerifierClock = { monotonicMs(): number; wallMs(): number };

/** Runs `work` once after `delayMs` milliseconds; what it returns cancels that. */
export type VerifierTimer = { after(delayMs: number, work: () => void): () => void };

export type LeaseParts = {
  readonly source: SyncSource;
  readonly clock: VerifierClock;
  readonly timer: VerifierTimer;
  /** S in milliseconds: no lease lasts longer from the start of its sync. */
  readonly freshnessMs: number;
  /** From the start of one sync to the next, in milliseconds. Default S/3; 0 where the source holds each sync for changes. */
  readonly pauseMs?: number;
  /** Hears of each failed sync. */
  readonly onFailure?: (error: unknown) => void;
};

/** How far wall and monotonic clock may part, in milliseconds, before the machine counts as suspended. Less than the margin of the wait. */
export const CLOCK_JUMP_MS = 25;

/** How many changes are kept for those who sync from here. */
const RECENT_CHANGES_MAX = 10_000;

type Batch = { readonly afterSeq: number; readonly seq: number; readonly subjects: readonly Subject[] };

export type LeaseCounts = { syncs: number; failures: number; restarts: number; changes: number };

export type Lease = ReturnType<typeof createLease>;

export function createLease(parts: LeaseParts) {
  const { clock, timer, freshnessMs } = parts;
  const pauseMs = parts.pauseMs ?? freshnessMs / 3;
  const retryMs = Math.min(Math.max(freshnessMs / 10, 20), 200);
  const stamps = new ChangeStamps();
  const counts: LeaseCounts = { syncs: 0, failures: 0, restarts: 0, changes: 0 };
  const listeners = new Set<() => void>();
  let recent: Batch[] = [];
  let recentCount = 0;
  let position: Position | null = null;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let untilMs = Number.NEGATIVE_INFINITY;
  /** Wall minus monotonic clock at the start of the sync that gave the lease. */
  let wallOffsetMs = 0;
  /** Authority's minus monotonic clock. Counted from the start of the sync: at most its duration ahead, never behind. */
  let authorityOffsetMs = 0;
  let flight: Promise<boolean> | null = null;
  let underWay = false;
  let wantedAgain = false;
  let failing = false;
  let closed = false;
  let cancelNext = () => {};

  /** The authority's clock in epoch milliseconds while the lease is live at this very moment, else NaN. */
  function authorityNowMs(): number {
    const nowMs = clock.monotonicMs();
    if (nowMs >= untilMs) return Number.NaN;
    const jumpMs = clock.wallMs() - nowMs - wallOffsetMs;
    if (jumpMs > CLOCK_JUMP_MS || jumpMs < -CLOCK_JUMP_MS) return Number.NaN;
    return nowMs + authorityOffsetMs;
  }

  const isLive = () => !Number.isNaN(authorityNowMs());

  /** What is left of the lease, in milliseconds; 0: none. */
  const remainingMs = () => (isLive() ? Math.max(0, untilMs - clock.monotonicMs()) : 0);

  /** Syncs now, or joins the sync under way. Resolves with whether it succeeded. */
  function sync(): Promise<boolean> {
    if (closed) return Promise.resolve(false);
    cancelNext();
    if (flight) return flight;
    const mine = attempt();
    // One that failed in this very turn is over already.
    if (underWay) flight = mine;
    return mine;
  }

  /** A sync that starts after this call. */
  async function syncAfresh(): Promise<boolean> {
    // Whichever sync is under way when this one has ended began after the call.
    if (flight) await flight;
    return sync();
  }

  /** Asks for a sync as soon as possible: there is something to learn. */
  function hurry(): void {
    if (flight) wantedAgain = true;
    else void sync();
  }

  async function attempt(): Promise<boolean> {
    const fromMs = clock.monotonicMs();
    const offsetMs = clock.wallMs() - fromMs;
    wantedAgain = false;
    underWay = true;
    let succeeded = false;
    try {
      const answer = await parts.source.sync(position);
      if (!closed) apply(answer, fromMs, offsetMs);
      succeeded = !closed;
      counts.syncs++;
    } catch (error) {
      counts.failures++;
      tellFailure(error);
    }
    failing = !succeeded;
    underWay = false;
    flight = null;
    scheduleNext(fromMs);
    if (succeeded) for (const listener of [...listeners]) listener();
    return succeeded;
  }

  /** What a listener throws is its own affair: syncs go on. */
  function tellFailure(error: unknown): void {
    try {
      parts.onFailure?.(error);
    } catch {}
  }

  function scheduleNext(fromMs: number): void {
    if (closed) return;
    const nowMs = clock.monotonicMs();
    const dueMs = failing ? nowMs + retryMs : wantedAgain ? nowMs : fromMs + pauseMs;
    cancelNext = timer.after(Math.max(0, dueMs - nowMs), () => void sync());
  }

  function apply(answer: SyncAnswer, fromMs: number, offsetMs: number): void {
    const startsOver = position === null || missedSome(position, answer);
    if (startsOver) startOver();
    else if (position !== null && answer.changes !== null) applyChanges(position.seq, answer);
    position = { history: answer.history, seq: answer.seq };
    const endsMs = fromMs + Math.min(answer.leaseMs, freshnessMs);
    // Behind a balancer an answer may be worth less than what is held already; both hold, unless the first is of another history.
    if (!startsOver && isLive() && endsMs <= untilMs) return;
    startedAtMs = fromMs;
    untilMs = endsMs;
    wallOffsetMs = offsetMs;
    authorityOffsetMs = answer.nowMs - fromMs;
  }

  function startOver(): void {
    stamps.startOver();
    recent = [];
    recentCount = 0;
    counts.restarts++;
  }

  function applyChanges(afterSeq: number, { seq, changes }: SyncAnswer): void {
    if (changes === null || changes.length === 0) return;
    const marks = changes.map(markOf);
    stamps.apply(marks);
    counts.changes += marks.length;
    recent.push({ afterSeq, seq, subjects: marks.map(subjectOfMark) });
    recentCount += marks.length;
    while (recentCount > RECENT_CHANGES_MAX && recent.length > 1) {
      recentCount -= recent.shift()?.subjects.length ?? 0;
    }
  }

  /** For those who sync from here: what changed after a place, or null where that is not known. More than changed may be named. */
  function changesAfter(from: Position): Pick<SyncAnswer, 'changes' | 'keptAfterSeq'> {
    const keptAfterSeq = recent[0]?.afterSeq ?? position?.seq ?? 0;
    if (position === null || missedSome(from, { ...position, keptAfterSeq, changes: [] })) {
      return { changes: null, keptAfterSeq };
    }
    const changes = recent.filter(({ seq }) => seq > from.seq).flatMap(({ subjects }) => subjects);
    return { changes, keptAfterSeq };
  }

  /**
   * For a verdict that found the lease over: resolves with whether there is one again. While the source is failing it
   * does not wait: syncs go on by themselves.
   */
  async function renew(): Promise<boolean> {
    // The sync that is joined may have started long ago (a stopped process): what it gives can be over already.
    for (let turn = 0; turn < 2 && !isLive(); turn++) {
      if (failing || closed || !(await sync())) return isLive();
    }
    return isLive();
  }

  return {
    authorityNowMs,
    isLive,
    remainingMs,
    sync,
    syncAfresh,
    hurry,
    renew,
    changesAfter,
    stamps,
    counts,
    /** The place up to which changes are applied. */
    position: () => position,
    /** Milliseconds since the start of the sync that gave the lease. */
    ageMs: () => clock.monotonicMs() - startedAtMs,
    /** Called after each sync that succeeded. Returns how to be called no more. */
    onSync: (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    /** Ends the lease and all syncs. */
    close: (): void => {
      closed = true;
      untilMs = Number.NEGATIVE_INFINITY;
      cancelNext();
      listeners.clear();
    },
  };
}

/** Another history, a log that is behind what was applied (it was rolled back), or changes that are no longer kept. */
function missedSome(
  from: Position,
  answer: Pick<SyncAnswer, 'history' | 'seq' | 'changes' | 'keptAfterSeq'>,
): boolean {
  return (
    answer.history !== from.history ||
    answer.seq < from.seq ||
    answer.changes === null ||
    from.seq < answer.keptAfterSeq
  );
}
