/** What the core needs of the world, as interfaces: the store, the digests, the clock. Adapters live elsewhere. */
import type { Secret } from '@lencana/verifier/node';
import type { Actor } from './access/actor.ts';
import type { KeptReply } from './replies/kept-replies.ts';
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

/** Why a token was not made. */
export type NotCreated = 'holder_deactivated' | 'too_many' | 'name_taken' | 'replied';

/** These tokens, of that holder where one is named, with those that they made or without; or all that a holder has. */
export type WhichTokens =
  | { readonly ids: readonly string[]; readonly holderId?: string; readonly withMade?: boolean }
  | { readonly holderId: string };

export type RevokedTokens = {
  readonly revoked: readonly Token[];
  /** Named, and revoked before this call. */
  readonly earlier: readonly Token[];
  /** Named, and nobody's; or another's than the holder's who was named. */
  readonly missing: readonly string[];
};

/** Each write rests on the actor's authority, which is looked at again in its own transaction, and appends its audit row there. */
export interface TokenStore {
  /**
   * @returns `holder_deactivated` if the holder's account is, `too_many` if the holder has as many as they may, `name_taken` if they have a token of that name, `replied` if the key has
   * a reply; nothing is written then
   */
  create(
    token: Token,
    nameKey: string,
    secret: SecretDigest,
    reply: KeptReply | null,
    actor: Actor,
  ): Promise<'created' | NotCreated>;
  list(query: TokenQuery, nowMs: number): Promise<TokenPage>;
  /** null if no token has that id, or it is another's: the caller cannot tell which. */
  find(holderId: string, tokenId: string): Promise<Token | null>;
  /** How many tokens that were not deleted this one made, and those made, and so on. */
  countMade(holderId: string, tokenId: string): Promise<number>;
  /** Revokes once: a second call changes nothing and tells the tokens as they are. */
  revoke(which: WhichTokens, atMs: number, actor: Actor): Promise<RevokedTokens>;
  /** The reply kept for a key, if it has not ended; with nothing in it if what the call made is gone. */
  findReply(keyDigest: Uint8Array, nowMs: number, actor: Actor): Promise<KeptReply | null>;
  eraseReplies(beforeMs: number): Promise<void>;
}
