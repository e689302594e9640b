/**
 * What the bearer of a refused token is told. A stranger gets one sentence for everything; only where the secret itself verified
 * (the verdict then names the token) does its holder learn what is wrong with it.
 */
import type { Verdict } from './verdict.ts';

type Refused = Extract<Verdict, { outcome: 'refused' }>;

const GENERIC = 'The token is not valid.';

export function refusedSentence({ reason, token }: Refused): string {
  if (!token) return GENERIC;
  switch (reason) {
    case 'malformed':
    case 'unknown':
      return GENERIC;
    case 'secret_replaced':
      return 'The token was regenerated; use its new secret.';
    case 'revoked':
      return 'The token was deleted.';
    case 'expired':
      return token.expiresAtMs === null
        ? 'The token has expired.'
        : `The token expired on ${new Date(token.expiresAtMs).toISOString()}.`;
    case 'holder_deactivated':
      return 'The account of this token is deactivated.';
    case 'insufficient_scope':
      return 'The token does not have the access that this needs.';
  }
}
