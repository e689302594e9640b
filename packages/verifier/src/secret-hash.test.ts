import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { generateSecret } from './secret-format.ts';
import { bytesOfWords, hashAscii, wordsOfBytes } from './secret-hash.ts';

const hex = (text: string) => Buffer.from(bytesOfWords(hashAscii(text, new Int32Array(8)))).toString('hex');

it.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
])('hashes %j as FIPS 180-4 says', (text, digest) => {
  expect(hex(text)).toBe(digest);
});

it('agrees with another implementation for every length over three blocks', () => {
  for (let length = 0; length <= 200; length++) {
    const text = Array.from({ length }, (_, at) => String.fromCharCode((at * 7 + length) % 128)).join('');
    expect([length, hex(text)]).toEqual([length, createHash('sha256').update(text).digest('hex')]);
  }
});

it('agrees with another implementation for a thousand secrets', () => {
  for (let at = 0; at < 1000; at++) {
    const text = generateSecret('acme_').reveal();
    expect(hex(text)).toBe(createHash('sha256').update(text).digest('hex'));
  }
});

it('refuses what is not ASCII, and hashes right after that', () => {
  expect(() => hex('ü')).toThrow(RangeError);
  expect(() => hex(`${'a'.repeat(70)}\u0161`)).toThrow(RangeError);
  expect(hex('abc')).toMatch(/^ba7816bf/);
});

it('reads and writes digests as bytes', () => {
  const words = hashAscii('abc', new Int32Array(8));
  expect(wordsOfBytes(bytesOfWords(words))).toEqual(words);
  expect(() => wordsOfBytes(new Uint8Array(31))).toThrow(RangeError);
});
