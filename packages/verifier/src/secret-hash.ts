/**
 * SHA-256 (FIPS 180-4) of a secret, without waiting and on every platform: a cache is keyed by it and never by the secret. Web Crypto
 * answers only later, and Node's own needs twice as long to be reached as the digest of one block takes. Not for long texts: for
 * those the platform's is faster.
 */

import type { LoadKey } from './authority.ts';

/** A digest as eight 32-bit words, the most significant first. */
export type HashWords = Int32Array<ArrayBuffer>;

const ROUNDS = 64;
const BLOCK_BYTES = 64;

/** The first 32 bits of the fractional part of the roots of the first primes: square roots to start from, cube roots for the rounds. */
const START = new Int32Array(8);
const CONSTANTS = new Int32Array(ROUNDS);
{
  const fraction = (root: number) => ((root - Math.floor(root)) * 2 ** 32) | 0;
  let found = 0;
  for (let candidate = 2; found < ROUNDS; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) prime &&= candidate % divisor !== 0;
    if (!prime) continue;
    if (found < START.length) START[found] = fraction(Math.sqrt(candidate));
    CONSTANTS[found++] = fraction(Math.cbrt(candidate));
  }
}

/** Reused by every call, and emptied after it: nothing of a secret stays behind. */
const schedule = new Int32Array(ROUNDS);

/**
 * Writes the digest of an ASCII text to `words` and returns it.
 * @throws RangeError if the text is not ASCII: two texts must never have one key
 */
export function hashAscii(text: string, words: HashWords): HashWords {
  const { length } = text;
  words.set(START);
  const blocks = ((length + 8) >> 6) + 1;
  for (let block = 0; block < blocks; block++) {
    const from = block * BLOCK_BYTES;
    if (block > 0) schedule.fill(0, 0, 16);
    const until = Math.min(length, from + BLOCK_BYTES);
    let seen = 0;
    for (let at = from; at < until; at++) {
      const code = text.charCodeAt(at);
      seen |= code;
      const word = (at - from) >> 2;
      schedule[word] = (schedule[word] as number) | (code << (24 - ((at & 3) << 3)));
    }
    if (seen > 0x7f) {
      schedule.fill(0);
      throw new RangeError('Only ASCII texts are hashed here.');
    }
    if (length >= from && length < from + BLOCK_BYTES) {
      const word = (length - from) >> 2;
      schedule[word] = (schedule[word] as number) | (0x80 << (24 - ((length & 3) << 3)));
    }
    if (block === blocks - 1) {
      schedule[14] = Math.floor(length / 2 ** 29);
      schedule[15] = length << 3;
    }
    compress(words);
  }
  schedule.fill(0);
  return words;
}

function compress(words: HashWords): void {
  const w = schedule;
  for (let t = 16; t < ROUNDS; t++) {
    const x = w[t - 15] as number;
    const y = w[t - 2] as number;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = ((w[t - 16] as number) + s0 + (w[t - 7] as number) + s1) | 0;
  }
  let a = words[0] as number;
  let b = words[1] as number;
  let c = words[2] as number;
  let d = words[3] as number;
  let e = words[4] as number;
  let f = words[5] as number;
  let g = words[6] as number;
  let h = words[7] as number;
  for (let t = 0; t < ROUNDS; t++) {
    const e1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + e1 + (g ^ (e & (f ^ g))) + (CONSTANTS[t] as number) + (w[t] as number)) | 0;
    const a0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (a0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  words[0] = ((words[0] as number) + a) | 0;
  words[1] = ((words[1] as number) + b) | 0;
  words[2] = ((words[2] as number) + c) | 0;
  words[3] = ((words[3] as number) + d) | 0;
  words[4] = ((words[4] as number) + e) | 0;
  words[5] = ((words[5] as number) + f) | 0;
  words[6] = ((words[6] as number) + g) | 0;
  words[7] = ((words[7] as number) + h) | 0;
}

/** The digest's 32 bytes. */
export function bytesOfWords(words: HashWords): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < 8; at++) view.setInt32(at * 4, words[at] ?? 0);
  return bytes;
}

/** @throws RangeError if these are not 32 bytes */
export function wordsOfBytes(bytes: Uint8Array): HashWords {
  if (bytes.length !== 32) throw new RangeError('A key is 32 bytes.');
  const view = new DataView(bytes.buffer, bytes.byteOffset, 32);
  return Int32Array.from({ length: 8 }, (_, at) => view.getInt32(at * 4));
}

const SECRET = 'secret:';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const DIGITS = 43;

/** The key of a secret's entry, from its digest: the 32 bytes in base64url. */
export function secretKey(words: HashWords): LoadKey {
  let digits = '';
  for (let digit = 0; digit < DIGITS; digit++) {
    const bit = digit * 6;
    const [word, shift] = [bit >> 5, bit & 31];
    const high = ((words[word] as number) << shift) >>> 26;
    const low = shift > 26 ? (words[word + 1] ?? 0) >>> (58 - shift) : 0;
    digits += ALPHABET[high | low];
  }
  return `${SECRET}${digits}`;
}

/**
 * What an entry is kept under: of a secret the digest that its key is, of others the digest of their key.
 * @throws RangeError if the key of a secret is no digest
 */
export function wordsOfKey(key: LoadKey, words: HashWords = new Int32Array(8)): HashWords {
  if (key.startsWith(SECRET)) return wordsOfDigits(key.slice(SECRET.length), words);
  try {
    return hashAscii(key, words);
  } catch {
    return hashAscii(`utf-8:${encodeURIComponent(key)}`, words);
  }
}

function wordsOfDigits(digits: string, words: HashWords): HashWords {
  if (digits.length !== DIGITS) throw new RangeError('A digest has 43 digits.');
  words.fill(0);
  for (let digit = 0; digit < DIGITS; digit++) {
    const value = ALPHABET.indexOf(digits[digit] as string);
    // The last digit has four bits only.
    if (value < 0 || (digit === DIGITS - 1 && (value & 3) !== 0))
      throw new RangeError('A digest is in base64url.');
    const bit = digit * 6;
    const [word, shift] = [bit >> 5, bit & 31];
    words[word] = (words[word] as number) | ((value << 26) >>> shift);
    if (shift > 26 && word < 7) words[word + 1] = (words[word + 1] as number) | (value << (58 - shift));
  }
  return words;
}
