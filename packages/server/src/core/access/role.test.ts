import { expect, test } from 'vitest';
import { effectiveScopes } from './role.ts';

test('effective access is what both the token and the role of its holder allow', () => {
  expect(effectiveScopes(null, 'member')).toEqual(['*:editor']);
  expect(effectiveScopes(['a:editor', 'b:viewer'], 'viewer')).toEqual(['a:viewer', 'b:viewer']);
  expect(effectiveScopes(['a:editor'], 'unknown')).toEqual([]);
  expect(effectiveScopes(['rubbish'], 'administrator')).toEqual([]);
});
