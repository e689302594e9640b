import { describe, expect, test } from 'vitest';
import { shownRules, unmetRules } from './password-rules.ts';

describe('a password', () => {
  test.each(['Correct-horse-7', 'Ünïcödé-Straße-4', 'With spaces 1 & More', 'ÄäÖöÜüÀàÉéÑñ1!'])(
    'is good: %s',
    (password) => {
      expect(unmetRules(password)).toEqual([]);
    },
  );

  test.each([
    ['', ['length-min', 'upper', 'lower', 'digit', 'symbol']],
    ['short-Pass-1', ['length-min']],
    ['no-upper-case-1', ['upper']],
    ['NO-LOWER-CASE-1', ['lower']],
    ['No-digit-at-all', ['digit']],
    ['NoSymbolAtAll12', ['symbol']],
    ['Only spaces are no symbol 1', ['symbol']],
    [`Aa1-${'x'.repeat(125)}`, ['length-max']],
  ])('is told every rule that it breaks: %j', (password, broken) => {
    expect(unmetRules(password)).toEqual(broken);
  });

  test('is counted in characters, not in UTF-16 units', () => {
    expect(unmetRules('Aa1-😀😀😀😀😀')).toEqual(['length-min']);
    expect(unmetRules(`Aa1-${'😀'.repeat(124)}`)).toEqual([]);
  });
});

test('the upper bound is shown only past it', () => {
  expect(shownRules('')).not.toContain('length-max');
  expect(shownRules('x'.repeat(129))).toContain('length-max');
});
