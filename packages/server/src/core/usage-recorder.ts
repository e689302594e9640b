/**
 * Remembers in memory what verification sees, and writes it in batches: when each token was last used, and refusals of known
 * tokens for the audit trail. Never in the way of a verdict: a request adds to a map. What was not yet flushed is lost with a
 * process that is killed; a clean stop loses nothing.
 */
import type { RefusalReason } from '@lencana/verifier';
import type { Clock } from './ports.ts';

export type Use = {
  readonly tokenId: string;
  readonly atMs: number;
  readonly address: string | null;
  readonly client: string | null;
};

/** Refusals of one known token for one reason since they were last written. */
export type RefusalCount = {
  readonly tokenId: string;
  readonly organizationId: string;
  readonly holderId: string;
  readonly reason: RefusalReason;
  readonly count: number;
  readonly firstAtMs: number;
  readonly last: Use;
};

export type UsageStore = {
  /** Merges by maximum: an older use never replaces a newer one. One transaction; refusals go to the audit trail. */
  record(uses: readonly Use[], refusals: readonly RefusalCount[]): Promise<void>;
};

/** The first refusal is written at the next flush, repeats of it at most this often, in milliseconds. */
export const REFUSAL_REPEAT_MS = 5 * 60 * 1000;

/** So many different refusals are written at once, without waiting for their turn. */
const REFUSALS_DUE = 1000;
/** What memory holds while the store takes none; beyond, refusals that are new in kind are not counted. */
const REFUSALS_MAX = 100_000;
const CLIENT_LENGTH_MAX = 200;

export type UsageRecorder = ReturnType<typeof createUsageRecorder>;

export function createUsageRecorder(store: UsageStore, clock: Clock) {
  let uses = new Map<string, Use>();
  const refusals = new Map<string, RefusalCount>();
  const writtenAtMs = new Map<string, number>();
  let flushing: Promise<void> = Promise.resolve();

  function used(tokenId: string, address: string | undefined, client: string | undefined): void {
    uses.set(tokenId, useOf(tokenId, address, client));
  }

  function refused(
    token: { tokenId: string; organizationId: string; holderId: string },
    reason: RefusalReason,
    address: string | undefined,
    client: string | undefined,
  ): void {
    const key = `${token.tokenId} ${reason}`;
    const last = useOf(token.tokenId, address, client);
    const before = refusals.get(key);
    if (!before && refusals.size >= REFUSALS_MAX) return;
    // A failed write is tried again at the next turn.
    if (!before && refusals.size % REFUSALS_DUE === REFUSALS_DUE - 1) void flush(true).catch(() => {});
    const { tokenId, organizationId, holderId } = token;
    const firstAtMs = before?.firstAtMs ?? last.atMs;
    refusals.set(key, {
      tokenId,
      organizationId,
      holderId,
      reason,
      count: (before?.count ?? 0) + 1,
      firstAtMs,
      last,
    });
  }

  function useOf(tokenId: string, address: string | undefined, client: string | undefined): Use {
    return {
      tokenId,
      atMs: clock(),
      address: address ?? null,
      client: client?.slice(0, CLIENT_LENGTH_MAX) ?? null,
    };
  }

  /** Writes what is due; `all` writes refusals that would wait for repeats too. What fails to be written stays for the next flush. */
  function flush(all = false): Promise<void> {
    const mine = flushing.then(() => write(all));
    flushing = mine.catch(() => {});
    return mine;
  }

  async function write(all: boolean): Promise<void> {
    const nowMs = clock();
    const dueUses = uses;
    const dueRefusals = [...refusals].filter(
      ([key]) => all || nowMs - (writtenAtMs.get(key) ?? Number.NEGATIVE_INFINITY) >= REFUSAL_REPEAT_MS,
    );
    if (dueUses.size === 0 && dueRefusals.length === 0) return;
    uses = new Map();
    for (const [key] of dueRefusals) refusals.delete(key);
    try {
      await store.record(
        [...dueUses.values()],
        dueRefusals.map(([, count]) => count),
      );
    } catch (error) {
      for (const [id, use] of dueUses) if (!uses.has(id)) uses.set(id, use);
      for (const [key, count] of dueRefusals) refusals.set(key, added(count, refusals.get(key)));
      throw error;
    }
    for (const [key] of dueRefusals) writtenAtMs.set(key, nowMs);
    for (const [key, atMs] of writtenAtMs) if (nowMs - atMs > REFUSAL_REPEAT_MS) writtenAtMs.delete(key);
  }

  return { used, refused, flush };
}

function added(earlier: RefusalCount, later: RefusalCount | undefined): RefusalCount {
  return later ? { ...earlier, count: earlier.count + later.count, last: later.last } : earlier;
}
