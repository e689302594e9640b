/**
 * From what is stored of a presented secret to a verdict. Pure: the record, the instant and the demand are passed in. The order
 * of the checks is the order of the design: secret's own end, revoked, expired, holder, scope.
 */
import type { RefusalReason, TokenIdentity, Verdict } from '@lencana/verifier';
import { covers, effectiveScopes, parseDemandedScope } from './role.ts';
import { isExpired } from './token.ts';

/** What a look-up by digest finds: the secret, its token and its holder, as they stand at one moment. Holds no secret. */
export type SecretRecord = {
  readonly secretEndsAtMs: number | null;
  readonly tokenId: string;
  readonly tokenName: string;
  readonly tokenScopes: readonly string[] | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly organizationId: string;
  readonly holderId: string;
  readonly holderName: string;
  readonly holderEmail: string;
  readonly holderRole: string;
  readonly holderDeactivatedAtMs: number | null;
};

/** `nowMs` is the authority's clock. A scope that cannot be demanded (unknown form) is held by nobody. */
export function judge(record: SecretRecord, nowMs: number, scope: string | undefined): Verdict {
  const token = identityOf(record);
  const refuse = (reason: RefusalReason): Verdict => ({ outcome: 'refused', reason, token });
  if (isExpired(record.secretEndsAtMs, nowMs)) return refuse('secret_replaced');
  if (record.revokedAtMs !== null) return refuse('revoked');
  if (isExpired(record.expiresAtMs, nowMs)) return refuse('expired');
  if (record.holderDeactivatedAtMs !== null) return refuse('holder_deactivated');
  if (scope !== undefined) {
    const demanded = parseDemandedScope(scope);
    if (!demanded || !covers(token.scopes, demanded)) return refuse('insufficient_scope');
  }
  return { outcome: 'active', token };
}

function identityOf(record: SecretRecord): TokenIdentity {
  return {
    tokenId: record.tokenId,
    tokenName: record.tokenName,
    holderId: record.holderId,
    holderName: record.holderName,
    holderEmail: record.holderEmail,
    organizationId: record.organizationId,
    scopes: effectiveScopes(record.tokenScopes, record.holderRole),
    createdAtMs: record.createdAtMs,
    expiresAtMs: record.expiresAtMs,
  };
}
