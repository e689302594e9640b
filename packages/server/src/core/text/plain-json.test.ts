import { describe, expect, it } from 'vitest';
import { isPlainJson } from './plain-json.ts';

const nested = (depth: number, inner: unknown): unknown =>
  depth === 0 ? inner : { member: nested(depth - 1, inner) };

describe('parsed JSON', () => {
  it.each([['text'], [''], ['😀'], [0], [null], [true], [[]], [{ a: ['b', { c: 1 }] }], [nested(8, 'x')]])(
    '%j is plain',
    (value) => expect(isPlainJson(value)).toBe(true),
  );

  it.each(['\0', 'a\0b', '\ud800', 'a\udc00b'])(
    'with %j is not, at any depth, as a value or a name',
    (text) => {
      for (let depth = 0; depth < 8; depth++) {
        expect(isPlainJson(nested(depth, text))).toBe(false);
        expect(isPlainJson(nested(depth, [text]))).toBe(false);
        expect(isPlainJson(nested(depth, { [text]: 1 }))).toBe(false);
      }
    },
  );

  it('that is deep is not, however deep', () => {
    expect(isPlainJson(nested(9, 'x'))).toBe(false);
    let deep: unknown = [];
    for (let at = 0; at < 100_000; at++) deep = [deep];
    expect(isPlainJson(deep)).toBe(false);
  });
});
