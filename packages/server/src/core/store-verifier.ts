/**
 * Verifies straight from the store: every verdict is read now, so a revocation holds from its commit on. It stands behind the same
 * interface as a cached verifier. What it cannot read it calls unavailable, never active.
 */
import { judge, parseSecret, type Verdict, type Verifier } from '@lencana/verifier';
import type { SecretDigester, SecretLookup } from './ports.ts';
import type { UsageRecorder } from './usage-recorder.ts';

export type StoreVerifierParts = {
  readonly prefix: string;
  readonly digester: SecretDigester;
  readonly lookup: SecretLookup;
  readonly usage: Pick<UsageRecorder, 'used' | 'refused'>;
  /** Hears why a verdict was unavailable. */
  readonly onFailure: (error: unknown) => void;
};

const refusal = (reason: 'malformed' | 'unknown'): Verdict => ({ outcome: 'refused', reason, token: null });

export function createStoreVerifier(parts: StoreVerifierParts): Verifier {
  return {
    verify: async (presented, demand = {}) => {
      const secret = parseSecret(presented, parts.prefix);
      if (!secret) return refusal('malformed');
      try {
        for (const { digest } of parts.digester.all(secret)) {
          const { record, nowMs } = await parts.lookup(digest);
          if (!record) continue;
          const verdict = judge(record, nowMs, demand.scope);
          if (verdict.outcome === 'active')
            parts.usage.used(record.token.tokenId, demand.address, demand.client);
          if (verdict.outcome === 'refused') {
            parts.usage.refused(record.token, verdict.reason, demand.address, demand.client);
          }
          return verdict;
        }
        return refusal('unknown');
      } catch (error) {
        parts.onFailure(error);
        return { outcome: 'unavailable' };
      }
    },
    close: async () => {},
  };
}
