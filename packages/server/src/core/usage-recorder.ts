/**
 * Remembers in memory what verification sees, and writes it in batches: when each token was last used, and refusals of known
 * tokens for the audit trail. Never in the way of a verdict: a request adds to a map. What was not yet flushed is lost with a
 * process that is killed; a clean stop loses nothing.
 */
import type { RefusalReason } from '@lencana/verifier';
import type { Clock } from './ports.ts';

export type Use = {
  readonly tokenId: string;
  /** The authority's clock. */
  readonly atMs: number;
  readonly address: string | null;
  readonly client: string | null;
};

/** Changed in place by each use: the path of a verification makes nothing new. */
type OpenUse = { -readonly [Key in keyof Use]: Use[Key] };

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
  /**
   * Merges by maximum: an older use never replaces a newer one. Waits for nobody: tokens that somebody else is writing at that moment
   * are left out, and their ids returned.
   */
  recordUses(uses: readonly Use[]): Promise<readonly string[]>;
  /** To the audit trail, all or none. */
  recordRefusals(refusals: readonly RefusalCount[]): Promise<void>;
};

/** The first refusal is written at the next flush, repeats of it at most this often, in milliseconds. */
export const REFUSAL_REPEAT_MS = 5 * 60 * 1000;

/** So many different refusals are written at once, without waiting for their turn. */
const REFUSALS_DUE = 1000;
/** What memory holds while the store takes none; beyond, refusals that are new in kind are not counted. */
const REFUSALS_MAX = 100_000;
/** Tokens whose use memory holds while the store takes none; beyond, uses of others are not recorded. */
const USES_MAX = 200_000;
/** How many uses are written at once: whoever deletes a token meanwhile waits for no more than these. */
const USES_AT_ONCE = 500;
const CLIENT_LENGTH_MAX = 200;

export type UsageRecorder = ReturnType<typeof createUsageRecorder>;

export function createUsageRecorder(store: UsageStore, clock: Clock) {
  let uses = new Map<string, OpenUse>();
  const refusals = new Map<string, RefusalCount>();
  const writtenAtMs = new Map<string, number>();
  let flushing: Promise<void> = Promise.resolve();

  function used(
    tokenId: string,
    address: string | undefined,
    client: string | undefined,
    atMs: number,
  ): void {
    const use = uses.get(tokenId);
    if (use === undefined) {
      if (uses.size < USES_MAX) uses.set(tokenId, useOf(tokenId, address, client, atMs));
      return;
    }
    if (atMs < use.atMs) return;
    use.atMs = atMs;
    use.address = address ?? null;
    use.client = client ?? null;
  }

  function refused(
    token: { tokenId: string; organizationId: string; holderId: string },
    reason: RefusalReason,
    address: string | undefined,
    client: string | undefined,
    atMs: number,
  ): void {
    const key = `${token.tokenId} ${reason}`;
    const last = useOf(token.tokenId, address, client, atMs);
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

  /** Writes what is due; `all` writes refusals that would wait for repeats too. What fails to be written stays for the next flush. */
  function flush(all = false): Promise<void> {
    const mine = flushing.then(() => write(all));
    flushing = mine.catch(() => {});
    return mine;
  }

  async function write(all: boolean): Promise<void> {
    const nowMs = clock();
    const dueRefusals = [...refusals].filter(
      ([key]) => all || nowMs - (writtenAtMs.get(key) ?? Number.NEGATIVE_INFINITY) >= REFUSAL_REPEAT_MS,
    );
    const [usesFailure, refusalsFailure] = [
      await failureOf(writeUses()),
      await failureOf(writeRefusals(dueRefusals)),
    ];
    if (usesFailure ?? refusalsFailure) throw usesFailure ?? refusalsFailure;
    for (const [key] of dueRefusals) writtenAtMs.set(key, nowMs);
    for (const [key, atMs] of writtenAtMs) if (nowMs - atMs > REFUSAL_REPEAT_MS) writtenAtMs.delete(key);
  }

  /** What is not written stays for the next flush, unless it was used again since. */
  async function writeUses(): Promise<void> {
    const due = uses;
    uses = new Map();
    const left = [...due.values()].map((use) => ({
      ...use,
      client: use.client?.slice(0, CLIENT_LENGTH_MAX) ?? null,
    }));
    const keep = (use: OpenUse) => {
      if (!uses.has(use.tokenId) && uses.size < USES_MAX) uses.set(use.tokenId, use);
    };
    while (left.length > 0) {
      const batch = left.splice(0, USES_AT_ONCE);
      try {
        const skipped = new Set(await store.recordUses(batch));
        for (const use of batch) if (skipped.has(use.tokenId)) keep(use);
      } catch (error) {
        for (const use of [...batch, ...left]) keep(use);
        throw error;
      }
    }
  }

  async function writeRefusals(due: readonly (readonly [string, RefusalCount])[]): Promise<void> {
    if (due.length === 0) return;
    for (const [key] of due) refusals.delete(key);
    try {
      await store.recordRefusals(due.map(([, count]) => count));
    } catch (error) {
      for (const [key, count] of due) refusals.set(key, added(count, refusals.get(key)));
      throw error;
    }
  }

  return { used, refused, flush };
}

function useOf(
  tokenId: string,
  address: string | undefined,
  client: string | undefined,
  atMs: number,
): OpenUse {
  return { tokenId, atMs, address: address ?? null, client: client ?? null };
}

/** Both kinds are tried, whichever fails. */
const failureOf = (work: Promise<void>): Promise<Error | undefined> =>
  work.then(
    () => undefined,
    (error) => error,
  );

function added(earlier: RefusalCount, later: RefusalCount | undefined): RefusalCount {
  return later ? { ...earlier, count: earlier.count + later.count, last: later.last } : earlier;
}
