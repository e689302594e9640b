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

test('refuses control characters inside the name', () => {
  expect(nameFault('deploy\nkey')).toBe('control_characters');
  expect(nameFault('deploy\u0085key')).toBe('control_characters');
});

test('stores the composed form without blanks around it', () => {
  expect(tidyName('  Cafe\u0301 ')).toBe('Café');
});
