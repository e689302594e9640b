/** The rule for token names at its edges. */
import { expect, test } from 'vitest';
import { nameFault, tidyName } from './token-name.ts';

test('wants something other than blanks', () => {
  expect(nameFault('')).toBe('required');
  expect(nameFault(' \u00a0\t ')).toBe('required');
});

test('counts code points after trimming, not UTF-16 units', () => {
  expect(nameFault(` ${'x'.repeat(100)} `)).toBeNull();
  expect(nameFault('🔑'.repeat(100))).toBeNull();
  expect(nameFault('x'.repeat(101))).toBe('too_long');
});

test('refuses control characters, line separators and direction overrides inside the name', () => {
  expect(nameFault('deploy\nkey')).toBe('unprintable');
  expect(nameFault('deploy\u0085key')).toBe('unprintable');
  expect(nameFault('deploy\u2028key')).toBe('unprintable');
  expect(nameFault('\u202eyek')).toBe('unprintable');
});

test('stores the composed form without blanks around it', () => {
  expect(tidyName('  Cafe\u0301 ')).toBe('Café');
});
