/** What a token is, how its status follows from the clock, and which names it may have. Pure. */
import { isExpired } from '@lencana/verifier/node';
import { Refusal } from '../refusal.ts';
import { normalizedText } from '../text/normalized-text.ts';

/** The last stretch of a token's life, in which it shows as "Expires soon". */
export const EXPIRES_SOON_MS = 7 * 24 * 60 * 60 * 1000;

export const TOKEN_STATUSES = ['active', 'expires_soon', 'expired', 'revoked'] as const;
export type TokenStatus = (typeof TOKEN_STATUSES)[number];

/** Instants are epoch milliseconds; null: never. Holds nothing of the secret but its mask. */
export type Token = {
  readonly id: string;
  readonly organizationId: string;
  readonly holderId: string;
  readonly name: string;
  readonly masked: string;
  /** null: the same access as the holder. */
  readonly scopes: readonly string[] | null;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly revokedAtMs: number | null;
  /** The token that made it, and that token's secret; null: a person signed in to the portal, or an operator. */
  readonly madeByTokenId: string | null;
  readonly madeBySecretId: string | null;
  readonly lastUsedAtMs: number | null;
  readonly lastUsedAddress: string | null;
  readonly lastUsedClient: string | null;
  /** Name of the service that reported the last use; null: a node saw it. */
  readonly lastUsedReportedBy: string | null;
};

export function statusOf(token: Pick<Token, 'expiresAtMs' | 'revokedAtMs'>, nowMs: number): TokenStatus {
  if (token.revokedAtMs !== null) return 'revoked';
  if (token.expiresAtMs === null) return 'active';
  if (isExpired(token.expiresAtMs, nowMs)) return 'expired';
  return token.expiresAtMs - nowMs <= EXPIRES_SOON_MS ? 'expires_soon' : 'active';
}

export const NAME_LENGTH_MAX = 100;

/** Longest text, in UTF-16 code units, that is read as a name: 100 characters in any form, and blanks around them. */
const NAME_UNITS_MAX = 1000;
/** What the longest name becomes by compatibility (NFKC): one character may become 18. */
const KEY_UNITS_MAX = 18 * NAME_UNITS_MAX;

/**
 * The name as it is kept: normalised (NFC) and trimmed, 1 to 100 characters (code points), with something to see in it,
 * without control characters, line separators or the overrides that turn the writing direction of what stands around them.
 * @throws Refusal `invalid_name`
 */
export function parseTokenName(text: string): string {
  const refuse = (message: string) => Refusal.ofField('invalid_name', 'name', message);
  const name = normalizedText(text, 'NFC', NAME_UNITS_MAX)?.trim();
  if (name === undefined) {
    throw refuse(`A name has at most ${NAME_LENGTH_MAX} characters; this one is far longer.`);
  }
  const length = [...name].length;
  if (visible(name) === '') throw refuse('Enter a name for the token.');
  if (length > NAME_LENGTH_MAX) {
    throw refuse(`A name has at most ${NAME_LENGTH_MAX} characters; this one has ${length}.`);
  }
  // Cc: control; Zl, Zp: line and paragraph separators; Cs: lone surrogates; and the bidirectional overrides, with which
  // one name could pass for another in a list.
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(name)) {
    throw refuse('A name has no control characters, line breaks or direction overrides.');
  }
  return name;
}

/** Without what leaves no mark (zero-width and filler characters, variation selectors). */
const visible = (name: string) => name.replace(/\p{Default_Ignorable_Code_Point}/gu, '').trim();

/**
 * The name as it is compared: two names with the same key are the same name.
 * @throws RangeError if it is too long to be a name or a part of one
 */
export function nameKeyOf(name: string): string {
  if (name.length > NAME_UNITS_MAX) throw new RangeError('The text is too long to be a name.');
  const compatible = normalizedText(visible(name), 'NFKC', NAME_UNITS_MAX) ?? '';
  return normalizedText(compatible.toUpperCase().toLowerCase(), 'NFC', 3 * KEY_UNITS_MAX) ?? '';
}
