/**
 * Judges presented secrets from a leased cache: shape and check, digest, cache or source, judgement. A verdict is given only under a
 * lease that is live at that moment; what cannot be decided so is "unavailable". Keeps no secret.
 */
import type { AuthoritySource, LoadKey } from './authority.ts';
import { presentedSecret } from './bearer.ts';
import { ENTRY_KINDS, joinSecret, type SecretEntry, type SecretRecord } from './entry-kinds.ts';
import type { Entry } from './joined-entry.ts';
import { judge } from './judge.ts';
import { createLease, type Lease, type LeaseParts } from './lease.ts';
import { createLeasedCache } from './leased-cache.ts';
import { DEFAULT_PREFIX, isSecretText } from './secret-format.ts';
import { type HashWords, hashAscii, secretKey } from './secret-hash.ts';
import type { Demand, RefusalReason, TokenIdentity, Verdict, Verifier } from './verdict.ts';

/** Hears of verdicts about known tokens: when each was last used, and what was refused. Must not throw and must not wait. */
export type UsageObserver = {
  /** @param atMs the authority's clock, epoch milliseconds */
  used(token: TokenIdentity, demand: Demand, atMs: number): void;
  refused(token: TokenIdentity, reason: RefusalReason, demand: Demand, atMs: number): void;
};

export type TokenVerifierParts = Omit<LeaseParts, 'source'> & {
  readonly source: AuthoritySource;
  /** Prefix of secrets. Default `cldkctl_`. */
  readonly prefix?: string | undefined;
  readonly usage?: UsageObserver | undefined;
  readonly entriesMax?: number | undefined;
  readonly negativesMax?: number | undefined;
  /** Hears why a load failed. */
  readonly onLoadFailure?: (error: unknown) => void;
};

/** How often each outcome was, and where it came from. Plain fields: counting costs nothing. */
export type VerdictCounts = Record<RefusalReason | 'active' | 'unavailable', number> & {
  cacheHits: number;
  cacheNegativeHits: number;
  cacheMisses: number;
};

export type TokenVerifier = Verifier & {
  /**
   * What is known of the entry with this key, and of those that it refers to, under the lease as it is when this resolves; null:
   * it cannot be said. For those who verify by themselves and ask here what they do not know.
   */
  lookUp(key: LoadKey): Promise<Entry<SecretRecord> | null>;
  /** Whether what `lookUp` gave still holds. */
  isTrue(entry: Entry<SecretRecord>): boolean;
  readonly lease: Lease;
  readonly counts: VerdictCounts;
  /** How many are cached, and how many loads there were. */
  cacheSizes(): {
    entries: number;
    negatives: number;
    loads: number;
    loadFailures: number;
    loadsVoid: number;
  };
};

/** Before the first verdict. */
export const noVerdicts = (): VerdictCounts => ({
  active: 0,
  malformed: 0,
  unknown: 0,
  secret_replaced: 0,
  revoked: 0,
  expired: 0,
  holder_deactivated: 0,
  insufficient_scope: 0,
  unavailable: 0,
  cacheHits: 0,
  cacheNegativeHits: 0,
  cacheMisses: 0,
});

const NO_DEMAND: Demand = {};
const MALFORMED: Verdict = { outcome: 'refused', reason: 'malformed', token: null };
const UNKNOWN: Verdict = { outcome: 'refused', reason: 'unknown', token: null };
const UNAVAILABLE: Verdict = { outcome: 'unavailable' };

/** Starts to sync at once; ends with `close`. */
export function createTokenVerifier(parts: TokenVerifierParts): TokenVerifier {
  const { source, usage } = parts;
  const prefix = parts.prefix ?? DEFAULT_PREFIX;
  const lease = createLease(parts);
  const { entriesMax, negativesMax, onLoadFailure } = parts;
  const cache = createLeasedCache<SecretEntry, SecretRecord>({
    lease,
    kinds: ENTRY_KINDS,
    root: 'secret',
    join: joinSecret,
    load: (key, known) => source.load(key, known),
    entriesMax,
    negativesMax,
    onLoadFailure,
  });
  const counts = noVerdicts();
  /** Of the secret being judged; no call waits while it is in use. */
  const scratch: HashWords = new Int32Array(8);
  void lease.sync();

  function verifyNow(presented: string, demand: Demand = NO_DEMAND): Verdict | Promise<Verdict> {
    if (!isSecretText(presented, prefix) && !isOfOtherPrefix(presented)) {
      const text = presentedSecret(presented);
      // Most come without blanks around them, and cost no look for any.
      if (text !== null && text !== presented) return verifyNow(text, demand);
      counts.malformed++;
      return MALFORMED;
    }
    const nowMs = lease.authorityNowMs();
    if (Number.isNaN(nowMs)) return verifyLoaded(presented, demand);
    const entry = cache.peek(hashAscii(presented, scratch));
    if (entry === undefined) return verifyLoaded(presented, demand);
    if (entry.value === null) counts.cacheNegativeHits++;
    else counts.cacheHits++;
    return judged(entry.value, nowMs, demand);
  }

  /** The deployment may accept more prefixes than the one that was set here. */
  function isOfOtherPrefix(presented: string): boolean {
    return source.prefixes?.()?.some((other) => isSecretText(presented, other)) ?? false;
  }

  function judged(record: SecretRecord | null, nowMs: number, demand: Demand): Verdict {
    if (record === null) {
      counts.unknown++;
      return UNKNOWN;
    }
    const verdict = judge(record, nowMs, demand);
    if (verdict.outcome === 'active') {
      counts.active++;
      usage?.used(record.token, demand, nowMs);
    } else if (verdict.outcome === 'refused') {
      counts[verdict.reason]++;
      if (verdict.token !== null) usage?.refused(verdict.token, verdict.reason, demand, nowMs);
    }
    return verdict;
  }

  /** What cannot be said without waiting. Takes a text that has a secret's shape. */
  async function verifyLoaded(presented: string, demand: Demand): Promise<Verdict> {
    counts.cacheMisses++;
    const key = secretKey(hashAscii(presented, new Int32Array(8)));
    // Twice: between the answer of `lookUp` and this turn a change may have been applied.
    for (let turn = 0; turn < 2; turn++) {
      const entry = await cache.lookUp(key);
      if (entry === null) break;
      const nowMs = lease.authorityNowMs();
      if (!Number.isNaN(nowMs) && cache.isTrue(entry)) return judged(entry.value, nowMs, demand);
    }
    counts.unavailable++;
    return UNAVAILABLE;
  }

  return {
    verify: (presented, demand) => Promise.resolve(verifyNow(presented, demand)),
    verifyNow,
    lookUp: cache.lookUp,
    isTrue: cache.isTrue,
    lease,
    counts,
    cacheSizes: () => ({ ...cache.sizes(), ...cache.counts }),
    close: async () => {
      lease.close();
      await source.close();
    },
  };
}
