import { expect, test } from 'vitest';
import { refusedSentence } from './refused-sentence.ts';
import { RECORD } from './source-under-test.ts';

const REASONS = [
  'malformed',
  'unknown',
  'secret_replaced',
  'revoked',
  'expired',
  'holder_deactivated',
  'insufficient_scope',
] as const;

test.each(REASONS)('whoever did not present a real secret learns nothing of %s', (reason) => {
  expect(refusedSentence({ outcome: 'refused', reason, token: null })).toBe('The token is not valid.');
});

test('its holder learns what is wrong, each in other words, in plain ASCII for a header', () => {
  const { token } = RECORD;
  const told = REASONS.slice(2).map((reason) => refusedSentence({ outcome: 'refused', reason, token }));
  expect(new Set(told).size).toBe(told.length);
  for (const sentence of told) expect(sentence).toMatch(/^[ !#-[\]-~]+$/);
});
