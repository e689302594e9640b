/**
 * Remembers in memory what verification sees, and writes it in batches: when each token was last used, and refusals of known
 * tokens for the audit trail. Never in the way of a verdict: a request adds to a map. What was not yet flushed is lost with a
 * process that is killed; a clean stop loses nothing.
 */
import type { RefusalReason } from '@lencana/verifier/node';
import type { Clock } from '../ports.ts';

export type Use = {
  readonly tokenId: string;
  /** May have fractions, as monotonic clocks do; whole milliseconds are kept. */
  readonly atMs: number;
  readonly address: string | null;
  readonly client: string | null;
};

/** A token, and to whom it belongs. */
export type TokenOwner = {
  readonly tokenId: string;
  readonly organizationId: string;
  readonly holderId: string;
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

type SeenRefusals = Pick<RefusalCount, 'count' | 'firstAtMs' | 'last'>;

export type UsageStore = {
  /**
   * One short transaction, one use of a token at most. Merges by maximum: an older use never replaces a newer one. Resolves with
   * those that would have had to wait for somebody; they were not written.
   */
  recordUses(uses: readonly Use[]): Promise<readonly Use[]>;
  /** One transaction, into the audit trail. */
  recordRefusals(refusals: readonly RefusalCount[]): Promise<void>;
};

/** The first refusal is written at the next flush, repeats of it at most this often, in milliseconds. */
export const REFUSAL_REPEAT_MS = 5 * 60 * 1000;

/** How many are written in one transaction: whoever changes one of these tokens meanwhile waits no longer than that takes. */
export const BATCH_MAX = 500;
/**
 * Neighbours in the store are written in one batch: else each batch touches pages all over it. A multiple of the batch, and so few that
 * sorting them keeps nobody waiting.
 */
const SORTED_TOGETHER = 20 * BATCH_MAX;
/** So many different refusals are written at once, without waiting for their turn. */
const REFUSALS_DUE = 1000;
/** What memory holds while the store takes none; beyond, refusals that are new in kind are not counted. */
const REFUSALS_MAX = 100_000;
/** The same for tokens: beyond, a token that was not used since the last flush is not remembered. */
export const USES_MAX = 250_000;
const CLIENT_LENGTH_MAX = 200;

export type UsageRecorder = ReturnType<typeof createUsageRecorder>;

type MutableUse = { -readonly [Field in keyof Use]: Use[Field] };

export function createUsageRecorder(store: UsageStore, clock: Clock) {
  let uses = new Map<string, MutableUse>();
  const refusals = new Map<string, RefusalCount>();
  const writtenAtMs = new Map<string, number>();
  let flushing: Promise<void> = Promise.resolve();

  /** The hot path: of a token that is in use, nothing is allocated. */
  function used(
    tokenId: string,
    address: string | undefined,
    client: string | undefined,
    atMs = clock(),
  ): void {
    const use = uses.get(tokenId);
    if (use === undefined) {
      if (uses.size < USES_MAX) uses.set(tokenId, useOf(tokenId, atMs, address, client));
      return;
    }
    if (atMs < use.atMs) return;
    use.atMs = atMs;
    use.address = address ?? null;
    use.client = client === undefined ? null : shortened(client);
  }

  /** A use that somebody else saw, at `use.atMs`; never later than now. */
  function usedBefore(use: Use): void {
    merge({ ...use, atMs: Math.min(use.atMs, clock()), client: use.client && shortened(use.client) });
  }

  function merge(use: Use): void {
    const known = uses.get(use.tokenId);
    if (known ? known.atMs < use.atMs : uses.size < USES_MAX) uses.set(use.tokenId, use);
  }

  function refused(
    token: TokenOwner,
    reason: RefusalReason,
    address: string | undefined,
    client: string | undefined,
  ): void {
    const last = useOf(token.tokenId, clock(), address, client);
    addRefusals(token, reason, { count: 1, firstAtMs: last.atMs, last });
  }

  /** Refusals that somebody else saw, the last of them at `last.atMs`; none later than now. */
  function refusedBefore(token: TokenOwner, reason: RefusalReason, seen: SeenRefusals): void {
    const { count, last } = seen;
    const atMs = Math.min(last.atMs, clock());
    const client = last.client && shortened(last.client);
    const firstAtMs = Math.min(seen.firstAtMs, atMs);
    addRefusals(token, reason, { count, firstAtMs, last: { ...last, atMs, client } });
  }

  function addRefusals(token: TokenOwner, reason: RefusalReason, seen: SeenRefusals): void {
    const key = `${token.tokenId} ${reason}`;
    const before = refusals.get(key);
    if (!before && refusals.size >= REFUSALS_MAX) return;
    // A failed write is tried again at the next turn.
    if (!before && refusals.size % REFUSALS_DUE === REFUSALS_DUE - 1) void flush(true).catch(() => {});
    const { tokenId, organizationId, holderId } = token;
    const isLater = !before || before.last.atMs <= seen.last.atMs;
    refusals.set(key, {
      tokenId,
      organizationId,
      holderId,
      reason,
      count: (before?.count ?? 0) + seen.count,
      firstAtMs: Math.min(before?.firstAtMs ?? seen.firstAtMs, seen.firstAtMs),
      last: isLater ? seen.last : before.last,
    });
  }

  /** Writes what is due; `all` writes refusals that would wait for repeats too. What fails to be written stays for the next flush. */
  function flush(all = false): Promise<void> {
    const mine = flushing.then(() => write(all));
    flushing = mine.catch(() => {});
    return mine;
  }

  async function write(all: boolean): Promise<void> {
    // Both are tried: neither waits until the other can be written.
    const results = await Promise.allSettled([writeUses(), writeRefusals(all)]);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  async function writeUses(): Promise<void> {
    const due = [...uses.values()];
    uses = new Map();
    for (let at = 0; at < due.length; at += BATCH_MAX) {
      if (at % SORTED_TOGETHER === 0) sortById(due, at, at + SORTED_TOGETHER);
      try {
        const skipped = await store.recordUses(due.slice(at, at + BATCH_MAX));
        skipped.forEach(merge);
      } catch (error) {
        due.slice(at).forEach(merge);
        throw error;
      }
    }
  }

  async function writeRefusals(all: boolean): Promise<void> {
    const nowMs = clock();
    const due = [...refusals].filter(
      ([key]) => all || nowMs - (writtenAtMs.get(key) ?? Number.NEGATIVE_INFINITY) >= REFUSAL_REPEAT_MS,
    );
    for (const [key] of due) refusals.delete(key);
    for (let at = 0; at < due.length; at += BATCH_MAX) {
      const batch = due.slice(at, at + BATCH_MAX);
      try {
        await store.recordRefusals(batch.map(([, count]) => count));
      } catch (error) {
        for (const [key, count] of due.slice(at)) refusals.set(key, added(count, refusals.get(key)));
        throw error;
      }
      for (const [key] of batch) writtenAtMs.set(key, nowMs);
    }
    for (const [key, atMs] of writtenAtMs) if (nowMs - atMs > REFUSAL_REPEAT_MS) writtenAtMs.delete(key);
  }

  return { used, usedBefore, refused, refusedBefore, flush };
}

function useOf(
  tokenId: string,
  atMs: number,
  address: string | undefined,
  client: string | undefined,
): MutableUse {
  return {
    tokenId,
    atMs,
    address: address ?? null,
    client: client === undefined ? null : shortened(client),
  };
}

function sortById(uses: Use[], from: number, until: number): void {
  const part = uses.slice(from, until).sort((one, other) => (one.tokenId < other.tokenId ? -1 : 1));
  for (const [at, use] of part.entries()) uses[from + at] = use;
}

const shortened = (client: string) =>
  client.length > CLIENT_LENGTH_MAX ? client.slice(0, CLIENT_LENGTH_MAX) : client;

function added(earlier: RefusalCount, later: RefusalCount | undefined): RefusalCount {
  return later ? { ...earlier, count: earlier.count + later.count, last: later.last } : earlier;
}
