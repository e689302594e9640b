import { inspect } from 'node:util';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  checkOf,
  findSecrets,
  generateSecret,
  isPrefix,
  maskSecret,
  maskSecretsIn,
  parseSecret,
  Secret,
} from './secret-format.ts';

const VECTORS: [text: string, prefix: string][] = [
  ['cldkctl_0000000000000000000000000030gj4T', 'cldkctl_'],
  ['cldkctl_ABCDEFGHIJKLMNOPQRSTUVWXYZ3zTzEP', 'cldkctl_'],
  ['cldkctl_z9Y8x7W6v5U4t3S2r1Q0p9O8n70NdkQD', 'cldkctl_'],
  ['acme_ABCDEFGHIJKLMNOPQRSTUVWXYZ1gaxLd', 'acme_'],
];
const [FIRST] = VECTORS.map(([text]) => text) as [string];

describe('the written form of a secret', () => {
  it.each(VECTORS)('accepts the published vector %s', (text, prefix) => {
    expect(parseSecret(text, prefix)?.reveal()).toBe(text);
    expect(checkOf(text.slice(0, -6))).toBe(text.slice(-6));
  });

  it('has the CRC-32 that zlib computes', () => {
    for (let round = 0; round < 200; round++) {
      const text = generateSecret().reveal();
      let value = 0;
      for (const digit of text.slice(-6)) {
        value = value * 62 + '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.indexOf(digit);
      }
      expect(value).toBe(crc32(text.slice(0, -6)));
    }
  });

  it('knows any single changed character for a typo', () => {
    for (let at = 8; at < FIRST.length; at++) {
      const other = FIRST[at] === 'x' ? 'y' : 'x';
      expect(parseSecret(FIRST.slice(0, at) + other + FIRST.slice(at + 1))).toBeNull();
    }
  });

  it.each(['', 'cldkctl_', FIRST.slice(1), `${FIRST}0`, ` ${FIRST}`, FIRST.replace('_', '-'), 'ｃldkctl_'])(
    'refuses %j',
    (text) => {
      expect(parseSecret(text)).toBeNull();
    },
  );

  it('draws characters without bias: bytes of 248 and above are thrown away', () => {
    const bytes = [255, 248, 0, 61, 62, 247];
    let next = 0;
    const secret = generateSecret('t_', (into) => {
      for (let at = 0; at < into.length; at++) into[at] = bytes[next++ % bytes.length] ?? 0;
    });
    expect(secret.reveal().slice(2, 10)).toBe('0z0z0z0z');
  });

  it('makes a different one each time', () => {
    expect(new Set(Array.from({ length: 1000 }, () => generateSecret().reveal())).size).toBe(1000);
  });

  it.each([
    ['acme_', true],
    ['A1_', true],
    ['_', false],
    ['acme', false],
    ['ac me_', false],
    ['a_b_', false],
    [`${'a'.repeat(32)}_`, false],
  ])('judges the prefix %j as %s', (prefix, valid) => {
    expect(isPrefix(prefix)).toBe(valid);
  });
});

describe('a secret as a value', () => {
  const secret = new Secret(FIRST);

  it('is not printed by any of the usual ways', () => {
    const printed = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret, { showHidden: true, depth: 5 }),
      Object.entries(secret).toString(),
    ].join();
    expect(printed).not.toContain(FIRST.slice(8, 20));
    expect(maskSecret(secret)).toBe('cldkctl_…gj4T');
  });
});

describe('secrets in a text', () => {
  it('are found by place and masked, and nothing else is', () => {
    const text = `GET /x?t=${FIRST}&u=cldkctl_notasecret ${FIRST}`;
    expect(findSecrets(text).map(({ start }) => start)).toEqual([9, text.lastIndexOf(FIRST)]);
    expect(maskSecretsIn(text)).toBe('GET /x?t=cldkctl_…gj4T&u=cldkctl_notasecret cldkctl_…gj4T');
  });
});
