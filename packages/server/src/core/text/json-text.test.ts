import { describe, expect, it } from 'vitest';
import { JSON_DEPTH_MAX, jsonText } from './json-text.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const JSON_TYPE = 'application/json';

describe('a JSON body', () => {
  it('is taken to the letter, without its byte order mark', () => {
    expect(jsonText(bytes('{"name":"Ayu ✓ 🎫"}'), JSON_TYPE)).toEqual({ text: '{"name":"Ayu ✓ 🎫"}' });
    expect(jsonText(bytes('\ufeff{}'), JSON_TYPE)).toEqual({ text: '{}' });
  });

  it.each([
    ['a byte of no character', [0x22, 0xff, 0x22]],
    ['a character cut off', [0x22, 0xe2, 0x9c, 0x22]],
    ['an overlong form', [0x22, 0xc0, 0xaf, 0x22]],
    ['half of a surrogate pair', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['Latin-1', [0x22, 0xe9, 0x22]],
  ])('with %s is refused, never kept mangled', (_what, sent) => {
    expect(jsonText(Uint8Array.from(sent), JSON_TYPE)).toEqual({ fault: 'encoding' });
  });

  it.each(['utf-8', 'UTF-8', 'utf8', '"utf-8"', 'us-ascii'])('may be declared as %s', (charset) => {
    expect(jsonText(bytes('{}'), `application/json; charset=${charset}`)).toEqual({ text: '{}' });
  });

  it.each(['utf-16', 'iso-8859-1', 'windows-1252', '"latin1"', '', 'utf-8; charset=utf-16'])(
    'declared as "%s" is refused',
    (charset) => {
      expect(jsonText(bytes('{}'), `application/json; charset=${charset}`)).toEqual({ fault: 'charset' });
    },
  );

  it('is refused when it is nested too deep, whatever its strings hold', () => {
    const nested = (depth: number) => bytes(`${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`);
    expect(jsonText(nested(JSON_DEPTH_MAX), JSON_TYPE)).toHaveProperty('text');
    expect(jsonText(nested(JSON_DEPTH_MAX + 2), JSON_TYPE)).toEqual({ fault: 'depth' });
    expect(jsonText(bytes(`["${'[\\"{'.repeat(100)}"]`), JSON_TYPE)).toHaveProperty('text');
  });
});
