/**
 * Remembers in memory what verification sees, and what services report of theirs, and writes it in batches: when each token was last
 * used, and refusals of known tokens for the audit trail. Never in the way of a verdict: a request adds to a map. What was not yet
 * flushed is lost with a process that is killed; a clean stop loses nothing.
 */
import type { RefusalReason } from '@lencana/verifier/node';
import type { Clock } from '../ports.ts';
import { agentText } from '../text/agent-text.ts';
import { BATCH_MAX, createPendingUses, type Use } from './pending-uses.ts';
import { createReportedRows, type ExcessRefusals } from './reported-rows.ts';

/** A use that a service saw, and which one says so. */
export type ReportedUse = Use & { readonly reporter: Reporter };

/** A service credential and its name. */
export type Reporter = { readonly id: string; readonly name: string };

/** A token, and to whom it belongs. */
export type TokenOwner = {
  readonly tokenId: string;
  readonly organizationId: string;
  readonly holderId: string;
};

/** Refusals of one known token for one reason since they were last written. */
export type RefusalCount = TokenOwner & {
  /** `other`: a service's own word, which is in `reported`. */
  readonly reason: RefusalReason | 'other';
  readonly count: number;
  readonly firstAtMs: number;
  readonly last: Use;
  /** null: seen by this deployment's own nodes. */
  readonly reported: ReportedRefusal | null;
};

/** Who says so, and which secret and scope it says the last one was about. */
export type ReportedRefusal = {
  readonly reporter: Reporter;
  /** The last reason that only the service knows; null: it is one of ours. */
  readonly reason: string | null;
  readonly secretId: string | null;
  readonly scope: string | null;
};

type SeenRefusals = Pick<RefusalCount, 'reason' | 'count' | 'firstAtMs' | 'last' | 'reported'>;

export type UsageStore = {
  /**
   * One short transaction, one use of a token at most. Merges by maximum: an older use never replaces a newer one. Resolves with
   * those that would have had to wait for somebody; they were not written.
   */
  recordUses(uses: readonly Use[]): Promise<readonly Use[]>;
  /** The same for uses that services reported, in a place of their own. */
  recordReportedUses(uses: readonly ReportedUse[]): Promise<void>;
  /** One transaction, into the audit trail. */
  recordRefusals(refusals: readonly RefusalCount[]): Promise<void>;
  /** The same for what services reported beyond their number of rows, a row for each. */
  recordExcess(excess: readonly ExcessRefusals[]): Promise<void>;
};

/** The first refusal is written at the next flush, repeats of it at most this often, in milliseconds. */
export const REFUSAL_REPEAT_MS = 5 * 60 * 1000;

/** So many different refusals are written at once, without waiting for their turn. */
const REFUSALS_DUE = 1000;
/** What memory holds while the store takes none; beyond, refusals that are new in kind are not counted. */
const REFUSALS_MAX = 100_000;

export type UsageRecorder = ReturnType<typeof createUsageRecorder>;

type MutableUse = { -readonly [Field in keyof Use]: Use[Field] };

export function createUsageRecorder(store: UsageStore, clock: Clock) {
  const uses = createPendingUses<MutableUse>((batch) => store.recordUses(batch), clock);
  const reportedUses = createPendingUses<ReportedUse>(async (batch) => {
    await store.recordReportedUses(batch);
    return [];
  }, clock);
  const refusals = new Map<string, RefusalCount>();
  const writtenAtMs = new Map<string, number>();
  const reportedRows = createReportedRows(clock);
  let flushing: Promise<void> = Promise.resolve();

  /** The hot path: of a token whose use waits to be written nothing is allocated. */
  function used(
    tokenId: string,
    address: string | undefined,
    agent: string | undefined,
    atMs = clock(),
  ): void {
    const use = uses.of(tokenId);
    if (use === undefined) {
      uses.merge(useOf(tokenId, atMs, address, agent));
    } else if (use.atMs <= atMs) {
      use.atMs = atMs;
      // The text that is kept, where it is the same: a new one each time would be work for the collection of garbage.
      if (use.address !== address) use.address = address ?? null;
      if (use.agent !== agent) use.agent = agent === undefined ? null : agentText(agent);
    }
  }

  function refused(
    token: TokenOwner,
    reason: RefusalReason,
    address: string | undefined,
    agent: string | undefined,
  ): void {
    const last = useOf(token.tokenId, clock(), address, agent);
    addRefusals(token, { reason, count: 1, firstAtMs: last.atMs, last, reported: null });
  }

  function addRefusals(token: TokenOwner, seen: SeenRefusals): void {
    // Each service's are counted apart, so that none can hide in what others saw.
    const key = `${token.tokenId} ${seen.reason} ${seen.reported?.reporter.id ?? ''}`;
    const before = refusals.get(key);
    const { reported, count, firstAtMs, last } = seen;
    if (!before && reported && (refusals.size >= REFUSALS_MAX || !reportedRows.take(reported.reporter))) {
      reportedRows.addExcess({ reporter: reported.reporter, count, firstAtMs, lastAtMs: last.atMs });
      return;
    }
    if (!before && refusals.size >= REFUSALS_MAX) return;
    const { tokenId, organizationId, holderId } = token;
    const isLater = !before || before.last.atMs <= seen.last.atMs;
    refusals.set(key, {
      tokenId,
      organizationId,
      holderId,
      reason: seen.reason,
      count: (before?.count ?? 0) + seen.count,
      firstAtMs: Math.min(before?.firstAtMs ?? seen.firstAtMs, seen.firstAtMs),
      last: isLater ? seen.last : before.last,
      reported: isLater ? seen.reported : before.reported,
    });
    // A failed write is tried again at the next turn.
    if (!before && refusals.size % REFUSALS_DUE === 0) void inTurn(() => writeRefusals(true)).catch(() => {});
  }

  /**
   * Writes what is due. `all` writes everything, refusals that would wait for repeats too: for the end, because it may take long. What
   * fails to be written stays for the next flush.
   */
  function flush(all = false): Promise<void> {
    return inTurn(async () => {
      // Each is tried: none waits until the others can be written.
      const results = await Promise.allSettled([
        uses.flush(all),
        reportedUses.flush(all),
        writeRefusals(all),
        writeExcess(all),
      ]);
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    });
  }

  /** Uses alone, as many as may be: for who is about to show them. */
  const flushUses = (): Promise<void> =>
    inTurn(async () => {
      await uses.flush(false);
      await reportedUses.flush(false);
    });

  function inTurn(write: () => Promise<void>): Promise<void> {
    const mine = flushing.then(write);
    flushing = mine.catch(() => {});
    return mine;
  }

  async function writeRefusals(all: boolean): Promise<void> {
    const nowMs = clock();
    const due = [...refusals].filter(
      ([key]) => all || nowMs - (writtenAtMs.get(key) ?? Number.NEGATIVE_INFINITY) >= REFUSAL_REPEAT_MS,
    );
    for (const [key, { reported }] of due) {
      refusals.delete(key);
      if (reported) reportedRows.waits(reported.reporter, -1);
    }
    for (let at = 0; at < due.length; at += BATCH_MAX) {
      const batch = due.slice(at, at + BATCH_MAX);
      try {
        await store.recordRefusals(batch.map(([, count]) => count));
      } catch (error) {
        for (const [key, count] of due.slice(at)) {
          const since = refusals.get(key);
          if (count.reported && !since) reportedRows.waits(count.reported.reporter, 1);
          refusals.set(key, added(count, since));
        }
        throw error;
      }
      for (const [key] of batch) writtenAtMs.set(key, nowMs);
    }
    for (const [key, atMs] of writtenAtMs) if (nowMs - atMs > REFUSAL_REPEAT_MS) writtenAtMs.delete(key);
  }

  async function writeExcess(all: boolean): Promise<void> {
    const due = reportedRows.takeExcess(all);
    if (due.length === 0) return;
    try {
      await store.recordExcess(due);
    } catch (error) {
      for (const excess of due) reportedRows.addExcess(excess);
      throw error;
    }
  }

  return {
    used,
    refused,
    /** A use that a service reported. It is kept apart from what was seen here. */
    reportUse: (use: ReportedUse): void =>
      reportedUses.merge({ ...use, agent: use.agent && agentText(use.agent) }),
    /** Refusals that a service reported. */
    reportRefusals: (token: TokenOwner, seen: SeenRefusals & { readonly reported: ReportedRefusal }): void =>
      addRefusals(
        token,
        seen.last.agent ? { ...seen, last: { ...seen.last, agent: agentText(seen.last.agent) } } : seen,
      ),
    flush,
    flushUses,
  };
}

function useOf(
  tokenId: string,
  atMs: number,
  address: string | undefined,
  agent: string | undefined,
): MutableUse {
  return { tokenId, atMs, address: address ?? null, agent: agent === undefined ? null : agentText(agent) };
}

function added(earlier: RefusalCount, later: RefusalCount | undefined): RefusalCount {
  if (!later) return earlier;
  return { ...earlier, count: earlier.count + later.count, last: later.last, reported: later.reported };
}
