/** What the core needs of the world, as interfaces: the store, the digests, the clock. Adapters live elsewhere. */
import type { Secret } from '@lencana/verifier/node';
import type { Actor } from './access/actor.ts';
import type { Token, TokenStatus } from './tokens/token.ts';

/** Epoch milliseconds. */
export type Clock = () => number;

/** What is stored of a secret, and under which key. */
export type SecretDigest = { readonly digest: Uint8Array; readonly keyVersion: number };

/** HMAC-SHA-256 of the secret's SHA-256. `current` is what new secrets are stored under, `all` what an old one may be found under. */
export type SecretDigester = {
  current(secret: Secret): SecretDigest;
  all(secret: Secret): readonly SecretDigest[];
};

/** The same from a secret's SHA-256, which is all that a cache keeps of one; under every key version, the newest first. */
export type HashDigester = {
  digestsOfHash(hash: Uint8Array): readonly SecretDigest[];
};

export const SORT_KEYS = ['name', 'token', 'status', 'created_at', 'expires_at', 'last_used_at'] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export type TokenQuery = {
  readonly holderId: string;
  /** Part of the name, compared without case. */
  readonly search: string | null;
  /** null: all that were not revoked. */
  readonly status: TokenStatus | null;
  readonly sort: SortKey;
  readonly descending: boolean;
  readonly limit: number;
  /** Where the previous page ended, as that page's answer gave it. */
  readonly cursor: string | null;
};

export type TokenPage = {
  readonly tokens: readonly Token[];
  readonly nextCursor: string | null;
  /** How many match in all, counted up to `TOTAL_MAX`. */
  readonly total: number;
  /** Whether more than `TOTAL_MAX` match. */
  readonly totalIsCapped: boolean;
};

/** Where the count of what matches stops: no list needs to know more, and counting on costs time for each row. */
export const TOTAL_MAX = 1000;

/** A create's reply, sealed, to be found again by a retry with the same idempotency key. */
export type SealedReply = {
  readonly keyDigest: Uint8Array;
  readonly requestDigest: Uint8Array;
  readonly tokenId: string;
  readonly sealedReply: Uint8Array;
  readonly expiresAtMs: number;
};

/** Why a token was not made. */
export type NotCreated = 'too_many' | 'name_taken' | 'replied';

/** Each write appends its audit row in its own transaction. */
export interface TokenStore {
  /**
   * @returns `too_many` if the holder has as many as they may, `name_taken` if they have a token of that name, `replied` if the key has
   * a reply; nothing is written then
   */
  create(
    token: Token,
    nameKey: string,
    secret: SecretDigest,
    reply: SealedReply | null,
    actor: Actor,
  ): Promise<'created' | NotCreated>;
  list(query: TokenQuery, nowMs: number): Promise<TokenPage>;
  /** null if there is none of that id, or it is another's: the caller cannot tell which. */
  find(holderId: string, tokenId: string): Promise<Token | null>;
  /** Revokes once: a second call changes nothing and gives the token as it is. null as for `find`. */
  revoke(holderId: string, tokenId: string, atMs: number, actor: Actor): Promise<Token | null>;
  /** The reply kept for a key, if it has not ended; with nothing in it if its token was revoked since. */
  findReply(keyDigest: Uint8Array, nowMs: number): Promise<SealedReply | null>;
  eraseReplies(beforeMs: number): Promise<void>;
}
