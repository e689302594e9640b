/** What a name, an e-mail address and a phone number may be. */
import { describe, expect, it } from 'vitest';
import { parseEmail, parseName, parsePhoneNumber } from './profile-rules.ts';

describe('a name', () => {
  it('has 1 to 100 characters, trimmed and in normal form', () => {
    expect(parseName('  Ayu  ')).toEqual({ ok: true, value: 'Ayu' });
    expect(parseName('e\u0301')).toEqual({ ok: true, value: '\u00e9' });
    expect(parseName('😀'.repeat(100)).ok).toBe(true);
    expect(parseName('😀'.repeat(101)).ok).toBe(false);
  });
  it.each(['', '   ', 'a\u0000b', 'a\nb', 'a\u202eb', 'a\u2028b', 7, null, undefined])(
    'is never %j',
    (name) => {
      expect(parseName(name).ok).toBe(false);
    },
  );
});

describe('an e-mail address', () => {
  it('is kept in lower case', () => {
    expect(parseEmail(' Ayu@Example.COM ')).toEqual({ ok: true, value: 'ayu@example.com' });
    expect(parseEmail("o'neil+x.y@mail.example.co").ok).toBe(true);
  });
  it.each([
    'ayu',
    '@x.co',
    'a@b',
    'a..b@x.co',
    '.a@x.co',
    'a b@x.co',
    'a@x.co\nb@x.co',
    'a@-x.co',
    'a@b@x.co',
    `${'a'.repeat(65)}@x.co`,
    7,
  ])('is never %j', (email) => {
    expect(parseEmail(email).ok).toBe(false);
  });
});

describe('a phone number', () => {
  it.each([
    ['+62 812-3456-7890', '+6281234567890'],
    ['0062 812 3456 7890', '+6281234567890'],
    ['(0812) 3456.7890', '081234567890'],
  ])('%j is kept as %j', (typed, value) => {
    expect(parsePhoneNumber(typed)).toEqual({ ok: true, value });
  });
  it.each(['', '123', '+62 812 ext 5', '+1234567890123456', '++628123456789', 7])('is never %j', (typed) => {
    expect(parsePhoneNumber(typed).ok).toBe(false);
  });
});
