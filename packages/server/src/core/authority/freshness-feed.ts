/**
 * What this node tells verifiers inside services: changes, and what verdicts are joined from. It answers only under its own live lease, and
 * place, changes and what is left of the lease are taken in one turn: so the service's lease, counted from the start of its
 * request, never outlives what this node knows. Pure; HTTP is elsewhere.
 */
import {
  type Entry,
  type LoadedEntry,
  type LoadKey,
  type Position,
  type SecretRecord,
  type SyncAnswer,
  subjectOfMark,
  type TokenVerifier,
  type VerifierTimer,
  type WiredLoads,
} from '@lencana/verifier/node';

export type FeedParts = {
  readonly verifier: Pick<TokenVerifier, 'lease' | 'lookUp' | 'isTrue'>;
  readonly timer: VerifierTimer;
  readonly freshnessMs: number;
};

/** One entry for each key, with those that it refers to, all as of one moment. */
export type FeedLoads = Position & { readonly entries: readonly Entry<SecretRecord>[] };

/** How often records are looked up again because one of them changed before all were there. */
const LOOK_UPS_MAX = 4;

export type FreshnessFeed = ReturnType<typeof createFreshnessFeed>;

export function createFreshnessFeed({ verifier, timer, freshnessMs }: FeedParts) {
  const { lease } = verifier;

  /**
   * What changed after the place; held for up to `holdMs` (at most S/3) until something does. null: this node has no lease.
   */
  async function sync(after: Position | null, holdMs: number): Promise<SyncAnswer | null> {
    // Who asks may have been told more by another node. If the database does not know more either, it has been rolled back.
    if (after !== null && isAhead(after)) await lease.syncAfresh();
    if (!(await lease.renew())) return null;
    if (after !== null && holdMs > 0) await changed(after, Math.min(holdMs, freshnessMs / 3));
    if (!(await lease.renew())) return null;
    const leaseMs = lease.remainingMs();
    const nowMs = lease.authorityNowMs();
    const position = lease.position();
    if (position === null || leaseMs <= 0 || Number.isNaN(nowMs)) return null;
    const changes =
      after === null ? { changes: null, keptAfterSeq: position.seq } : lease.changesAfter(after);
    return { ...position, ...changes, leaseMs, nowMs };
  }

  function isAhead(after: Position): boolean {
    const position = lease.position();
    return position === null || (position.history === after.history && position.seq < after.seq);
  }

  /** Resolves when this node stands elsewhere than the one who asks, or when the time is over. */
  function changed(after: Position, holdMs: number): Promise<void> {
    const standsThere = () => {
      const position = lease.position();
      return position?.history === after.history && position.seq === after.seq;
    };
    if (!standsThere()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        forget();
        resolve();
      };
      const cancel = timer.after(holdMs, end);
      const forget = lease.onSync(() => {
        if (!standsThere()) end();
      });
    });
  }

  /**
   * Entries by their keys, all as of one moment, which is not before `after` where this node can help it.
   * null: this node has no lease, or cannot load.
   */
  async function load(keys: readonly LoadKey[], after: Position | null): Promise<FeedLoads | null> {
    if (after !== null && isAhead(after)) await lease.syncAfresh();
    for (let turn = 0; turn < LOOK_UPS_MAX; turn++) {
      const found = await Promise.all(keys.map((key) => verifier.lookUp(key)));
      const entries = found.filter((entry) => entry !== null);
      const position = lease.position();
      if (entries.length < keys.length || position === null || !lease.isLive()) return null;
      if (!entries.every(verifier.isTrue)) continue;
      const seq = momentOf(entries, position.seq);
      if (seq !== null) return { history: position.history, seq, entries };
      // Some were read later than others: what is applied here reaches them.
      await lease.syncAfresh();
    }
    return null;
  }

  return { sync, load };
}

/** The place of the log at which all of them were true; null: there is no such place. */
function momentOf(entries: readonly Entry<SecretRecord>[], appliedSeq: number): number | null {
  const places = new Set(
    entries.map(({ aheadSeq }) => (aheadSeq !== null && aheadSeq > appliedSeq ? aheadSeq : appliedSeq)),
  );
  const [seq = appliedSeq, ...more] = places;
  return more.length === 0 ? seq : null;
}

/** In the words of the wire: what several refer to is told once, and subjects name nobody. */
export function wiredLoads({ history, seq, entries }: FeedLoads, keys: readonly LoadKey[]): WiredLoads {
  const along = new Map<LoadKey, LoadedEntry>();
  const loads = entries.map(({ parts }, at) => {
    for (const part of parts.slice(1)) if (part.key !== null) along.set(part.key, told(part.key, part));
    return told(keys[at] as LoadKey, parts[0] as (typeof parts)[number]);
  });
  return { history, seq, loads, along: [...along.values()] };
}

const told = (key: LoadKey, { value, marks }: Entry<SecretRecord>['parts'][number]): LoadedEntry => ({
  key,
  value,
  subjects: [...new Set(marks)].map(subjectOfMark),
});
