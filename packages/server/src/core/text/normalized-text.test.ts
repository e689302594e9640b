import { expect, it, vi } from 'vitest';
import { parseName } from '../../accounts/profile-rules.ts';
import { nameKeyOf, parseTokenName } from '../tokens/token.ts';
import { normalizedText } from './normalized-text.ts';

/** Marks on one letter, which take a time to normalize that grows with the square of their number. */
const hostile = `a${'\u0315\u0300'.repeat(30_000)}`;

it('normalizes what is short enough, and looks at nothing of what is longer', () => {
  expect(normalizedText('e\u0301', 'NFC', 2)).toBe('é');
  const normalize = vi.spyOn(String.prototype, 'normalize');
  try {
    expect(normalizedText('e\u0301\u0301', 'NFC', 2)).toBeNull();
    expect(() => parseTokenName(hostile)).toThrow('at most 100 characters');
    expect(() => nameKeyOf(hostile)).toThrow(RangeError);
    expect(parseName(hostile)).toMatchObject({ ok: false });
    expect(normalize).not.toHaveBeenCalled();
  } finally {
    normalize.mockRestore();
  }
});

it('takes a name of a hundred characters however each is written', () => {
  // Four code points in decomposed form each.
  const name = '\u1f82'.repeat(100);
  expect(parseTokenName(name.normalize('NFD'))).toBe(name);
  expect(nameKeyOf('\ufdfa'.repeat(100))).toHaveLength(1800);
});
