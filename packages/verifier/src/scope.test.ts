import { expect, it } from 'vitest';
import { covers, parseScope } from './scope.ts';

it('covers viewing by editing, never the other way round', () => {
  expect(covers(['a:editor'], { service: 'a', level: 'viewer' })).toBe(true);
  expect(covers(['a:viewer'], { service: 'a', level: 'editor' })).toBe(false);
  expect(covers(['*:viewer'], { service: 'a', level: 'viewer' })).toBe(true);
});

it.each(['a:owner', ':viewer', 'A:viewer', 'a:viewer ', 'a b:viewer', '-a:viewer', 'a:viewer\nb:editor'])(
  'takes %j for no scope',
  (text) => {
    expect(parseScope(text)).toBeNull();
  },
);
