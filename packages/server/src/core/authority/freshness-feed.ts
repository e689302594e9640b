/**
 * What this node tells verifiers inside services: changes, and records of secrets. It answers only under its own live lease, and
 * place, changes and what is left of the lease are taken in one turn: so the service's lease, counted from the start of its
 * request, never outlives what this node knows. Pure; HTTP is elsewhere.
 */
import {
  type HashWords,
  type Position,
  type SecretRecord,
  type Subject,
  type SyncAnswer,
  subjectOfMark,
  type TokenVerifier,
  type VerifierTimer,
} from '@lencana/verifier/node';

export type FeedParts = {
  readonly verifier: Pick<TokenVerifier, 'lease' | 'lookUp' | 'isTrue'>;
  readonly timer: VerifierTimer;
  readonly freshnessMs: number;
};

export type FeedLoads = Position & {
  readonly loads: readonly { readonly record: SecretRecord | null; readonly subjects: readonly Subject[] }[];
};

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
   * Records by the SHA-256 of their secrets, all as of one moment, which is not before `after` where this node can help it.
   * null: this node has no lease, or cannot load.
   */
  async function load(keys: readonly HashWords[], after: Position | null): Promise<FeedLoads | null> {
    if (after !== null && isAhead(after)) await lease.syncAfresh();
    for (let turn = 0; turn < LOOK_UPS_MAX; turn++) {
      const entries = await Promise.all(keys.map((key) => verifier.lookUp(key)));
      const known = entries.filter((entry) => entry !== null);
      const position = lease.position();
      if (known.length < keys.length || position === null || !lease.isLive()) return null;
      if (!known.every(verifier.isTrue)) continue;
      return {
        ...position,
        loads: known.map(({ value, marks }) => ({
          record: value,
          subjects: [...new Set(marks)].map(subjectOfMark),
        })),
      };
    }
    return null;
  }

  return { sync, load };
}
