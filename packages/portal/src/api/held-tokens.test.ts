/** A row stays where it was until its token is certainly refused everywhere. */
import { expect, test } from 'vitest';
import type { Token, TokenPage } from './client.ts';
import { withHeld } from './held-tokens.ts';

const token = (id: string): Token => ({
  id,
  name: id,
  masked: 'cldkctl_…0000',
  status: 'active',
  created_at: '2026-01-01T00:00:00.000Z',
  expires_at: null,
  last_used_at: null,
  last_used_address: null,
  last_used_client: null,
  last_used_reported_by: null,
});
const pageOf = (...ids: string[]): TokenPage => ({
  tokens: ids.map(token),
  next_cursor: null,
  total: ids.length,
  total_is_capped: false,
});
const idsOf = ({ tokens }: TokenPage) => tokens.map(({ id }) => id);

test('a held token that the server lists no more stays in its place, and counts', () => {
  const page = withHeld(pageOf('a', 'c'), pageOf('a', 'b', 'c'), new Set(['b']));
  expect(idsOf(page)).toEqual(['a', 'b', 'c']);
  expect(page.total).toBe(3);
});

test('the last one of a page, and of all, stays too', () => {
  expect(idsOf(withHeld(pageOf('a'), pageOf('a', 'b', 'c'), new Set(['b', 'c'])))).toEqual(['a', 'b', 'c']);
  expect(withHeld(pageOf(), pageOf('a'), new Set(['a']))).toEqual(pageOf('a'));
});

test('a token that is not held leaves, and one that is listed is not doubled', () => {
  expect(idsOf(withHeld(pageOf('a'), pageOf('a', 'b'), new Set()))).toEqual(['a']);
  expect(idsOf(withHeld(pageOf('n', 'a'), pageOf('a', 'b'), new Set(['a'])))).toEqual(['n', 'a']);
});

test('a page that was never shown is as the server lists it', () => {
  expect(withHeld(pageOf('a'), undefined, new Set(['b']))).toEqual(pageOf('a'));
});
