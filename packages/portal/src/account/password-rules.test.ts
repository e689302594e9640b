import { expect, test } from 'vitest';
import { passwords } from '../../../../tests/vectors/account-fields.ts';
import { shownRules, unmetRules } from './password-rules.ts';

test.each(passwords)('a password is told every rule that it breaks: %j', (password, unmet) => {
  expect(unmetRules(password)).toEqual(unmet);
});

test('the upper bound is shown only past it', () => {
  expect(shownRules('')).not.toContain('length-max');
  expect(shownRules('x'.repeat(129))).toContain('length-max');
});
