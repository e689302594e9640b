/** One key per content until the server has answered. */
import { expect, test } from 'vitest';
import { randomKey, requestFor } from './idempotent-request.ts';

test('a repeated request of the same content keeps its key', () => {
  const first = requestFor({ name: 'ci', expires_on: '2026-12-31' }, null);
  expect(requestFor({ name: 'ci', expires_on: '2026-12-31' }, first)).toBe(first);
});

test('other content gets another key', () => {
  const first = requestFor({ name: 'ci' }, null);
  expect(requestFor({ name: 'cd' }, first).idempotencyKey).not.toBe(first.idempotencyKey);
});

test('after an answer the same content is a new request', () => {
  const first = requestFor({ name: 'ci' }, null);
  expect(requestFor({ name: 'ci' }, null).idempotencyKey).not.toBe(first.idempotencyKey);
});

test('keys are 256 random bits in characters that a header may carry', () => {
  const keys = Array.from({ length: 50 }, randomKey);
  for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(new Set(keys).size).toBe(50);
});
