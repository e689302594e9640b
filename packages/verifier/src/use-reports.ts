/**
 * Remembers which tokens were used and refused here, and reports it in batches, so that their holders see "last used" and the audit
 * trail has the refusals. Never in the way of a verdict: a verdict adds to a map. Bounded; what cannot be delivered after some
 * tries is lost, and nobody waits for it.
 *
 *     POST /freshness/uses  {"instance", "batch", "uses": [{"token_id", "secret_id", "scope", "at_ms", "address", "agent"}, …],
 *                            "refusals"?: [{…, "reason", "count", "first_at_ms"}, …]}
 *                        -> 204
 *
 * A batch has the same number and the same body however often it is sent, so that it counts once though its answer was lost.
 */
import type { VerifierTimer } from './lease.ts';
import { parseDemandedScope } from './scope.ts';
import { SourceError } from './source-error.ts';
import type { UsageObserver } from './token-verifier.ts';
import type { Demand, TokenIdentity } from './verdict.ts';

export type UseReportsParts = {
  readonly timer: VerifierTimer;
  /** Delivers one batch; rejects if it did not arrive. */
  readonly deliver: (body: ReportBody) => Promise<unknown>;
  /** Hears that reports are refused, which no other try mends. */
  readonly onRefused?: (error: SourceError) => void;
};

export type ReportBody = {
  /** Names this verifier for as long as it lives. */
  readonly instance: string;
  /** From 1, one more for each batch. */
  readonly batch: number;
  readonly uses: readonly ReportedUse[];
  readonly refusals?: readonly ReportedRefusal[];
};
type ReportedUse = {
  readonly token_id: string;
  readonly secret_id: string | null;
  readonly scope: string | null;
  readonly at_ms: number;
  readonly address: string | null;
  readonly agent: string | null;
};
type ReportedRefusal = ReportedUse & {
  readonly reason: string;
  readonly count: number;
  readonly first_at_ms: number;
};

/** From a first use to the report of it, in milliseconds. */
export const REPORT_EVERY_MS = 2000;
/** Tokens whose use, and kinds of refusals which, wait to be reported at most; beyond, new ones are not counted. */
export const USES_MAX = 10_000;
export const REFUSALS_MAX = 1000;
/** In one request: with the longest address and agent its body is below what a listener takes. */
export const BATCH_MAX = 120;
/** Requests in one turn. What is above waits for the next, so that reporting takes a bounded share of the time. */
export const BATCHES_MAX = 10;
/** So many turns a batch is tried. */
export const TRIES_MAX = 5;
const AGENT_LENGTH_MAX = 200;
/** Of the demanded scopes that are reported; each has 70 characters at most. */
const SCOPES_MAX = 5;

type Seen = { token: TokenIdentity; demand: Demand; atMs: number };
type Refusal = Seen & { readonly reason: string; readonly firstAtMs: number; count: number };

export type UseReports = UsageObserver & {
  /** Reports what is left, once, and takes no more. Never rejects. */
  close(): Promise<void>;
};

export function createUseReports({ timer, deliver, onRefused }: UseReportsParts): UseReports {
  const uses = new Map<string, Seen>();
  const refusals = new Map<string, Refusal>();
  const instance = newInstanceId();
  let batches = 0;
  /** What was sent, or tried, and has not arrived. */
  let unsent: ReportBody | null = null;
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
      void flush(BATCHES_MAX);
    });
  }

  function flush(batchesMax: number): Promise<void> {
    sending = sending.then(() => send(batchesMax));
    return sending;
  }

  async function send(batchesMax: number): Promise<void> {
    for (let sent = 0; sent < batchesMax; sent++) {
      unsent ??= nextBatch();
      if (unsent === null || !(await isDone(unsent))) break;
      unsent = null;
      failures = 0;
    }
    if (unsent !== null || uses.size > 0 || refusals.size > 0) arm();
  }

  /** Delivered, or given up. */
  async function isDone(batch: ReportBody): Promise<boolean> {
    try {
      await deliver(batch);
      return true;
    } catch (error) {
      const isRefused = error instanceof SourceError && REFUSED.includes(error.code);
      if (isRefused) onRefused?.(error);
      failures++;
      return (isRefused && error.code === 'bad_answer') || failures >= TRIES_MAX;
    }
  }

  /** What waits longest, as it is now: from here on it does not change. */
  function nextBatch(): ReportBody | null {
    const used = takeFrom(uses, BATCH_MAX);
    const refused = takeFrom(refusals, BATCH_MAX - used.length);
    if (used.length === 0 && refused.length === 0) return null;
    return {
      instance,
      batch: ++batches,
      uses: used.map(reportOf),
      ...(refused.length === 0
        ? {}
        : {
            refusals: refused.map((refusal) => ({
              ...reportOf(refusal),
              reason: refusal.reason,
              count: refusal.count,
              first_at_ms: Math.round(refusal.firstAtMs),
            })),
          }),
    };
  }

  return {
    used(token, demand, atMs) {
      const before = uses.get(token.tokenId);
      if (before) {
        before.token = token;
        before.demand = demand;
        before.atMs = atMs;
      } else if (!closed && uses.size < USES_MAX) {
        uses.set(token.tokenId, { token, demand, atMs });
        arm();
      }
    },
    refused(token, reason, demand, atMs) {
      const key = `${token.tokenId} ${reason}`;
      const before = refusals.get(key);
      if (before) {
        before.token = token;
        before.demand = demand;
        before.atMs = atMs;
        before.count++;
      } else if (!closed && refusals.size < REFUSALS_MAX) {
        refusals.set(key, { token, reason, demand, count: 1, firstAtMs: atMs, atMs });
        arm();
      }
    },
    async close() {
      if (closed) return sending;
      closed = true;
      cancel();
      // A batch that fails ends it: nothing arms another turn.
      await flush(Number.POSITIVE_INFINITY);
    },
  };
}

/** What another try of the same does not mend. */
const REFUSED: readonly string[] = ['bad_answer', 'refused_credential'];

/** 128 random bits. */
function newInstanceId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `vrf_${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function takeFrom<Value>(waiting: Map<string, Value>, count: number): Value[] {
  const taken: Value[] = [];
  for (const [key, value] of waiting) {
    if (taken.length >= count) break;
    taken.push(value);
    waiting.delete(key);
  }
  return taken;
}

const reportOf = ({ token, demand, atMs }: Seen): ReportedUse => ({
  token_id: token.tokenId,
  secret_id: token.secretId,
  scope: scopeOf(demand),
  at_ms: Math.round(atMs),
  address: addressOf(demand),
  agent: clipped(demand.agent),
});

/** The scopes that were demanded, separated by blanks, without what nobody can hold. null: none. */
function scopeOf({ scope, scopes = [] }: Demand): string | null {
  const demanded = (scope === undefined ? scopes : [scope, ...scopes]).slice(0, SCOPES_MAX);
  return demanded.filter((each) => parseDemandedScope(each) !== null).join(' ') || null;
}

/** An IP address as it came. null: none, or a text that is not one, which no node would take. */
function addressOf({ address }: Demand): string | null {
  if (address === undefined || address.length > 64) return null;
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(address)) {
    return address.split('.').every((part) => Number(part) < 256 && String(Number(part)) === part)
      ? address
      : null;
  }
  return /^[0-9A-Fa-f:.]+$/.test(address) && URL.canParse(`http://[${address}]`) ? address : null;
}

/** Without NUL, which no database takes. */
function clipped(agent: string | undefined): string | null {
  if (agent === undefined) return null;
  return agent.slice(0, AGENT_LENGTH_MAX).replaceAll('\0', '');
}
