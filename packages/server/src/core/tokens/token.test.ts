import { describe, expect, it } from 'vitest';
import { nameKeyOf, parseTokenName, statusOf } from './token.ts';

const NOW_MS = 1_000_000_000;

describe('a token', () => {
  it.each([
    [null, null, 'active'],
    [NOW_MS + 7 * 86_400_000 + 1, null, 'active'],
    [NOW_MS + 7 * 86_400_000, null, 'expires_soon'],
    [NOW_MS, null, 'expires_soon'],
    [NOW_MS - 1, null, 'expired'],
    [NOW_MS - 1, 5, 'revoked'],
  ])('that ends at %s and was revoked at %s shows as %s', (expiresAtMs, revokedAtMs, status) => {
    expect(statusOf({ expiresAtMs, revokedAtMs }, NOW_MS)).toBe(status);
  });

  it.each([
    '',
    '   ',
    '\t',
    'a\u0000b',
    'a\nb',
    '\u202eevil',
    '\u200b',
    '\u3164',
    '\u200e\u061c',
    'x'.repeat(101),
    '\ud800',
  ])('cannot be named %j', (name) => {
    expect(() => parseTokenName(name)).toThrow();
  });

  it('may be named in any writing, up to 100 characters as people count them', () => {
    expect(parseTokenName('  🚀'.padEnd(4, 'a'))).toBe('🚀');
    expect([...parseTokenName('🚀'.repeat(100))]).toHaveLength(100);
    expect(parseTokenName('مفتاح שלום')).toBe('مفتاح שלום');
    expect(parseTokenName('e\u0301')).toBe('é');
  });

  it('has the same name as another that differs by case or form alone', () => {
    expect(nameKeyOf('STRASSE')).toBe(nameKeyOf('straße'));
    expect(nameKeyOf('É')).toBe(nameKeyOf('e\u0301'));
    expect(nameKeyOf('ＣＩ')).toBe(nameKeyOf('ci'));
    expect(nameKeyOf('\u200bc\u200di')).toBe(nameKeyOf('ci'));
    expect(nameKeyOf('ci')).not.toBe(nameKeyOf('ci2'));
  });
});
