/**
 * From what is stored of a presented secret to a verdict. Pure: the record, the instant and the demand are passed in. The order
 * of the checks: the secret's own end, revoked, expired, holder, whatever else refuses it, scopes.
 */
import type { SecretRecord } from './entry-kinds.ts';
import { covers, parseDemandedScope } from './scope.ts';
import { type Demand, isKnownTokenRefusal, type RefusalReason, type Verdict } from './verdict.ts';

/** A token, and a secret, work up to and including the millisecond of their end. */
export function isExpired(expiresAtMs: number | null, nowMs: number): boolean {
  return expiresAtMs !== null && nowMs > expiresAtMs;
}

/** `nowMs` is the authority's clock. Every demanded scope must be held; one that cannot be demanded (unknown form) is held by nobody. */
export function judge(
  record: SecretRecord,
  nowMs: number,
  demand: Pick<Demand, 'scope' | 'scopes'>,
): Verdict {
  const { token } = record;
  const refuse = (reason: RefusalReason): Verdict => ({ outcome: 'refused', reason, token });
  if (isExpired(record.secretEndsAtMs, nowMs)) return refuse('secret_replaced');
  if (record.revokedAtMs !== null) return refuse('revoked');
  if (isExpired(token.expiresAtMs, nowMs)) return refuse('expired');
  if (record.holderDeactivatedAtMs !== null) return refuse('holder_deactivated');
  if (record.refusedFor !== null) {
    // A reason that a newer release has is a refusal all the same, and nothing is said of what it may mean.
    if (!isKnownTokenRefusal(record.refusedFor))
      return { outcome: 'refused', reason: 'unknown', token: null };
    return refuse(record.refusedFor);
  }
  const { scope, scopes } = demand;
  if (scope !== undefined && !isHeld(token.scopes, scope)) return refuse('insufficient_scope');
  if (scopes !== undefined) {
    for (const each of scopes) if (!isHeld(token.scopes, each)) return refuse('insufficient_scope');
  }
  return { outcome: 'active', token };
}

function isHeld(held: readonly string[], scope: string): boolean {
  const demanded = parseDemandedScope(scope);
  return demanded !== null && covers(held, demanded);
}
