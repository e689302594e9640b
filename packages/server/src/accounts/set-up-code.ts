/**
 * The code that makes the first administrator, and the link that carries it. Derived, never stored: from a key that is not in the
 * database and from the database's history, so that a restored or another database has another code. Pure.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Without look-alikes: it may be typed from a screen. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 16;
/** Longest text, in UTF-16 units, that is looked at: far more than a code with any spacing. */
const GIVEN_LENGTH_MAX = 100;

/** Sixteen letters and digits in four groups, 78 bits; the same on every node of one database. */
export function setUpCodeOf(key: Uint8Array, history: string): string {
  const bytes = createHmac('sha256', key).update(history).digest().subarray(0, LENGTH);
  const letters = [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
  return (letters.match(/.{4}/g) ?? []).join('-');
}

/** The code stands in the fragment: browsers send it to nobody, so it is in no log and in no Referer. */
export const setUpUrlOf = (publicUrl: string, code: string): string =>
  new URL(`/sign-up#code=${code}`, publicUrl).href;

/** Compared in constant time. The code may be typed by hand, so spaces, dashes and case do not count. */
export function isSetUpCode(given: string, expected: string): boolean {
  const digest = (code: string) =>
    createHash('sha256').update(code.replace(/[\s-]/g, '').toUpperCase()).digest();
  return given.length <= GIVEN_LENGTH_MAX && timingSafeEqual(digest(given), digest(expected));
}
