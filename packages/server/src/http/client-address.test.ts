/** Which address a request is from, in every spelling of proxies. */
import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressBucket } from './address-bucket.ts';
import { readAddress } from './address-text.ts';
import { clientAddress, trusting } from './client-address.ts';

describe('an address that is written', () => {
  test.each([
    ['203.0.113.7', '203.0.113.7'],
    [' 203.0.113.7\t', '203.0.113.7'],
    ['203.0.113.7:5678', '203.0.113.7'],
    ['203.0.113.7:_hidden-1.x', '203.0.113.7'],
    ['"203.0.113.7"', '203.0.113.7'],
    ['"203.0.113.7:5678"', '203.0.113.7'],
    ['for=203.0.113.7', '203.0.113.7'],
    ['FOR = "203.0.113.7:80" ; proto=https', '203.0.113.7'],
    ['proto=https;for="[2001:db8::1]:4711";by=203.0.113.43', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:80', '2001:db8::1'],
    ['"[2001:db8::1]:80"', '2001:db8::1'],
    ['[2001:db8::1]:_port', '2001:db8::1'],
    ['[::1]:80', '::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]:80', 'fe80::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::FFFF:cb00:7107', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:80', '203.0.113.7'],
    ['::ffff:203.0.113.7:5678', '203.0.113.7'],
    ['[::ffff:203.0.113.7%eth0]', '203.0.113.7'],
  ])('as %j is %s', (written, address) => expect(readAddress(written)).toBe(address));

  test.each([
    '',
    ' ',
    'unknown',
    'Unknown',
    '_hidden',
    '_SEVKISEK',
    '"_gazonk"',
    'for=unknown',
    'for="_mdn"',
    'for=',
    'localhost',
    'proxy.example.com',
    'proxy.example.com:80',
    '-',
    '0',
    '1',
    '127.1',
    '0x7f.1',
    '010.0.0.1',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '1.2.3.4:',
    '1.2.3.4:port',
    '1.2.3.4:123456',
    '1.2.3.4/24',
    '[1.2.3.4',
    '[]',
    '[]:80',
    '[2001:db8::1',
    '2001:db8::1]',
    '[2001:db8::1]80',
    '::g',
    ':::',
    '1::2::3',
    '%eth0',
    'by=203.0.113.7',
    '203.0.113.7 198.51.100.1',
    '١٢٧.٠.٠.١',
    '203.0.113.7\u0000',
    `${'1'.repeat(10_000)}.2.3.4`,
  ])('%j is not an address', (written) => expect(readAddress(written)).toBeNull());

  test('is an address in its one spelling, or null, whatever was written', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.ipV4(),
        fc.ipV4Extended(),
        fc.ipV6(),
        fc.string({ maxLength: 6 }),
        fc.constantFrom(
          '[',
          ']',
          ':',
          '%eth0',
          '%25',
          '"',
          ':80',
          'for=',
          ';',
          '::ffff:',
          'unknown',
          '_x',
          '.',
          ' ',
        ),
      ),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        const address = readAddress(parts.join(''));
        if (address === null) return true;
        return isIP(address) !== 0 && readAddress(address) === address && addressBucket(address) !== null;
      }),
      { numRuns: 5000 },
    );
  });

  test('is the same in every way to write it', () => {
    const ways: ((address: string) => string)[] = [
      (address) => address,
      (address) => ` ${address} `,
      (address) => `"${address}"`,
      (address) => `for=${address}`,
      (address) => `for="${address}";proto=http`,
    ];
    const port = fc.integer({ min: 0, max: 65_535 });
    fc.assert(
      fc.property(fc.ipV4(), port, fc.constantFrom(...ways), (address, number, way) => {
        for (const text of [
          address,
          `${address}:${number}`,
          `::ffff:${address}`,
          `[::ffff:${address}]:${number}`,
        ]) {
          expect(readAddress(way(text))).toBe(address);
        }
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), port, fc.constantFrom(...ways), (address, number, way) => {
        const plain = readAddress(address);
        expect(plain).not.toBeNull();
        for (const text of [
          `[${address}]`,
          `[${address}]:${number}`,
          `${address}%eth0`,
          `[${address}%en0]:${number}`,
        ]) {
          expect(readAddress(way(text))).toBe(plain);
        }
      }),
    );
  });
});

describe('whose request it is', () => {
  const from = (peer: string | undefined, forwarded: string | undefined, trusted = ['10.0.0.0/8', 'unix']) =>
    clientAddress({ remoteAddress: peer }, forwarded, trusting(trusted));

  test.each([
    ['10.0.0.1', '203.0.113.7:5678', '203.0.113.7'],
    ['10.0.0.1', '203.0.113.7, 10.0.0.2:443', '203.0.113.7'],
    ['10.0.0.1', '198.51.100.1, 203.0.113.7, [::ffff:10.0.0.2]:443', '203.0.113.7'],
    ['::ffff:10.0.0.1', '[2001:db8::1]:80', '2001:db8::1'],
    [undefined, '203.0.113.7', '203.0.113.7'],
    ['10.0.0.1', '203.0.113.7,', '203.0.113.7'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['::ffff:203.0.113.9', '198.51.100.1', '203.0.113.9'],
    // What the nearest trusted proxy did not know is not looked for further left, where a client may have written.
    ['10.0.0.1', '203.0.113.7, unknown', null],
    ['10.0.0.1', '203.0.113.7, _hidden, 10.0.0.2', null],
    ['10.0.0.1', 'unknown', null],
    [undefined, undefined, null],
  ])('from %s with %j is that of %s', (peer, forwarded, expected) => {
    expect(from(peer, forwarded)).toBe(expected);
  });

  test('requests without an address share no bucket of attempts', () => {
    for (const forwarded of ['unknown', '_hidden', 'garbage', '1.2.3.4.5']) {
      expect(addressBucket(from('10.0.0.1', forwarded) ?? '')).toBeNull();
    }
  });
});
