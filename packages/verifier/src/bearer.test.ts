import { expect, test } from 'vitest';
import { authorizationsIn, bearerIn } from './bearer.ts';

test.each([
  [['Bearer a'], 'a'],
  [['bEARER   a '], 'a'],
  [['Bearer a b'], 'a b'],
  [[], null],
  [['Bearer '], null],
  [['Bearer'], null],
  [['Bearera'], null],
  [['Basic YTpi'], null],
  [[''], null],
  [['Bearer a', 'Bearer a'], null],
])('of the headers %j the token is %j', (values, token) => {
  expect(bearerIn(values)).toBe(token);
});

test('every Authorization header is found, however it is spelt, and no other', () => {
  const raw = ['Host', 'authorization', 'AUTHORIZATION', 'a', 'authorization', 'b', 'x-authorizatio', 'c'];
  expect(authorizationsIn(raw)).toEqual(['a', 'b']);
});
