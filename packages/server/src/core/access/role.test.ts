import { narrowedScopes } from '@lencana/verifier/node';
import { expect, test } from 'vitest';
import { scopesOfRole } from './role.ts';

test('effective access is what both the token and the role of its holder allow', () => {
  const effective = (own: readonly string[] | null, role: string) => narrowedScopes(own, scopesOfRole(role));
  expect(effective(null, 'member')).toEqual(['*:editor']);
  expect(effective(['a:editor', 'b:viewer'], 'viewer')).toEqual(['a:viewer', 'b:viewer']);
  expect(effective(['a:editor'], 'unknown')).toEqual([]);
  expect(effective(['rubbish'], 'administrator')).toEqual([]);
});
