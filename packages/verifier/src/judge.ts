/**
 * From what is stored of a presented secret to a verdict. Pure: the record, the instant and the demand are passed in. The order
 * of the checks: the secret's own end, revoked, expired, holder, scope.
 */
import type { SecretRecord } from './authority.ts';
import { covers, parseDemandedScope } from './scope.ts';
import type { RefusalReason, Verdict } from './verdict.ts';

/** A token, and a secret, work up to and including the millisecond of their end. */
export function isExpired(expiresAtMs: number | null, nowMs: number): boolean {
  return expiresAtMs !== null && nowMs > expiresAtMs;
}

/** `nowMs` is the authority's clock. A scope that cannot be demanded (unknown form) is held by nobody. */
export function judge(record: SecretRecord, nowMs: number, scope: string | undefined): Verdict {
  const { token } = record;
  const refuse = (reason: RefusalReason): Verdict => ({ outcome: 'refused', reason, token });
  if (isExpired(record.secretEndsAtMs, nowMs)) return refuse('secret_replaced');
  if (record.revokedAtMs !== null) return refuse('revoked');
  if (isExpired(token.expiresAtMs, nowMs)) return refuse('expired');
  if (record.holderDeactivatedAtMs !== null) return refuse('holder_deactivated');
  if (scope !== undefined) {
    const demanded = parseDemandedScope(scope);
    if (!demanded || !covers(token.scopes, demanded)) return refuse('insufficient_scope');
  }
  return { outcome: 'active', token };
}
