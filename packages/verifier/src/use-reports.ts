/**
 * Remembers which tokens were used and refused here, and reports it in batches, so that their holders see "last used" and the audit
 * trail has the refusals. Never in the way of a verdict: a verdict adds to a map. Bounded; what cannot be delivered after some
 * tries is lost, and nobody waits for it.
 */
import type { VerifierTimer } from './lease.ts';
import type { UsageObserver } from './token-verifier.ts';
import type { Demand } from './verdict.ts';

type Seen = { atMs: number; address: string | null; client: string | null };
type Refusal = Seen & {
  readonly tokenId: string;
  readonly reason: string;
  readonly firstAtMs: number;
  count: number;
};

export type UseReportsParts = {
  readonly timer: VerifierTimer;
  /** Delivers one batch, the body of `POST /freshness/uses`; rejects if it did not arrive. */
  readonly deliver: (body: UsesBody) => Promise<unknown>;
};

export type UsesBody = {
  readonly uses: readonly Report[];
  readonly refusals?: readonly (Report & { reason: string; count: number; first_at_ms: number })[];
};
type Report = { token_id: string; at_ms: number; address: string | null; client: string | null };

/** From a first use to the report of it, in milliseconds. */
export const REPORT_EVERY_MS = 2000;
/** Tokens whose use, and kinds of refusals which, wait to be reported at most; beyond, new ones are not counted. */
export const USES_MAX = 10_000;
export const REFUSALS_MAX = 1000;
/** In one request: with the longest address and client its body is far below what a listener takes. */
export const BATCH_MAX = 50;
/** So many turns a report is tried. */
export const TRIES_MAX = 5;
const ADDRESS_LENGTH_MAX = 100;
const CLIENT_LENGTH_MAX = 200;

export type UseReports = UsageObserver & {
  /** Reports what is left, once, and takes no more. Never rejects. */
  close(): Promise<void>;
};

export function createUseReports({ timer, deliver }: UseReportsParts): UseReports {
  let uses = new Map<string, Seen>();
  let refusals = new Map<string, Refusal>();
  let failures = 0;
  let armed = false;
  let closed = false;
  let cancel = () => {};
  let sending: Promise<void> = Promise.resolve();

  function arm(): void {
    if (armed || closed) return;
    armed = true;
    cancel = timer.after(REPORT_EVERY_MS, () => {
      armed = false;
      void flush();
    });
  }

  function flush(): Promise<void> {
    sending = sending.then(send);
    return sending;
  }

  async function send(): Promise<void> {
    const dueUses = [...uses];
    const dueRefusals = [...refusals];
    uses = new Map();
    refusals = new Map();
    let refused = 0;
    let used = 0;
    try {
      while (used < dueUses.length || refused < dueRefusals.length) {
        const usedBatch = dueUses.slice(used, used + BATCH_MAX);
        const refusedBatch = dueRefusals.slice(refused, refused + BATCH_MAX - usedBatch.length);
        await deliver(bodyOf(usedBatch, refusedBatch));
        used += usedBatch.length;
        refused += refusedBatch.length;
      }
      failures = 0;
    } catch {
      failures++;
      if (failures >= TRIES_MAX) failures = 0;
      else putBack(dueUses.slice(used), dueRefusals.slice(refused));
    }
    if (uses.size > 0 || refusals.size > 0) arm();
  }

  function putBack(oldUses: [string, Seen][], oldRefusals: [string, Refusal][]): void {
    for (const [id, seen] of oldUses) if (!uses.has(id) && uses.size < USES_MAX) uses.set(id, seen);
    for (const [key, old] of oldRefusals) {
      const since = refusals.get(key);
      if (since) refusals.set(key, { ...since, count: since.count + old.count, firstAtMs: old.firstAtMs });
      else if (refusals.size < REFUSALS_MAX) refusals.set(key, old);
    }
  }

  return {
    used({ tokenId }, demand, atMs) {
      const before = uses.get(tokenId);
      if (before) {
        before.atMs = atMs;
        before.address = addressOf(demand);
        before.client = clientOf(demand);
      } else if (!closed && uses.size < USES_MAX) {
        uses.set(tokenId, { atMs, address: addressOf(demand), client: clientOf(demand) });
        arm();
      }
    },
    refused({ tokenId }, reason, demand, atMs) {
      const key = `${tokenId} ${reason}`;
      const before = refusals.get(key);
      const seen = { atMs, address: addressOf(demand), client: clientOf(demand) };
      if (before) {
        Object.assign(before, seen);
        before.count++;
      } else if (!closed && refusals.size < REFUSALS_MAX) {
        refusals.set(key, { tokenId, reason, count: 1, firstAtMs: atMs, ...seen });
        arm();
      }
    },
    async close() {
      if (closed) return sending;
      closed = true;
      cancel();
      await flush();
    },
  };
}

function bodyOf(uses: [string, Seen][], refusals: [string, Refusal][]): UsesBody {
  return {
    uses: uses.map(([tokenId, seen]) => reportOf(tokenId, seen)),
    ...(refusals.length === 0
      ? {}
      : {
          refusals: refusals.map(([, refusal]) => ({
            ...reportOf(refusal.tokenId, refusal),
            reason: refusal.reason,
            count: refusal.count,
            first_at_ms: Math.round(refusal.firstAtMs),
          })),
        }),
  };
}

const reportOf = (tokenId: string, { atMs, address, client }: Seen): Report => ({
  token_id: tokenId,
  at_ms: Math.round(atMs),
  address,
  client,
});

const addressOf = ({ address }: Demand) => clipped(address, ADDRESS_LENGTH_MAX);
const clientOf = ({ agent }: Demand) => clipped(agent, CLIENT_LENGTH_MAX);

function clipped(text: string | undefined, lengthMax: number): string | null {
  if (text === undefined || text.length <= lengthMax) return text ?? null;
  return text.slice(0, lengthMax);
}
