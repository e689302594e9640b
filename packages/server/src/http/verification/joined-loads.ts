/**
 * What a verifier of release 0.1.0 is told of secrets: each record whole, with its holder in it, in the spelling of that release. It
 * says nothing of what it understands, which is therefore what 0.1.0 understood; a record that needs more is refused.
 */
import {
  type LoadKey,
  type SecretRecord,
  secretKey,
  subjectOfMark,
  wordsOfBytes,
} from '@lencana/verifier/node';
import type { FeedLoads } from '../../core/authority/freshness-feed.ts';

/** What release 0.1.0 judges. */
export const UNDERSTOOD_BY_0_1_0 = ['secret_end', 'token_end', 'revocation', 'deactivation', 'scopes'];

/** 32 bytes in base64url. */
export const DIGEST_PATTERN = '^[\\w-]{43}$';

export const keyOfDigest = (digest: string): LoadKey =>
  secretKey(wordsOfBytes(Buffer.from(digest, 'base64url')));

export function joinedLoads({ history, seq, entries }: FeedLoads) {
  return {
    history,
    seq,
    loads: entries.map(({ value, parts }) => ({
      record: value === null ? null : joinedRecord(value),
      subjects: [...new Set(parts.flatMap(({ marks }) => marks))].map(subjectOfMark),
    })),
  };
}

/** Only of records whose restrictions 0.1.0 understands: it is told of no others. */
function joinedRecord({ refusedFor: _none, token, ...ends }: SecretRecord) {
  const { secretId: _notKnown, ...identity } = token;
  return { ...ends, token: identity };
}
