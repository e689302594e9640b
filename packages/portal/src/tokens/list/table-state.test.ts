/** The table's address: what it says, what it leaves out, and what it does with nonsense. */
import { expect, test } from 'vitest';
import { cursorsOf, queryOf, readTableState, sortAfterClick, writeTableState } from './table-state.ts';

test('what is written is read again', () => {
  const state = { q: 'ci & cd', status: 'expired', sort: 'last_used_at' } as const;
  expect(readTableState(writeTableState(state))).toEqual(state);
});

test('the table as it opens has a bare address', () => {
  expect(writeTableState(readTableState(new URLSearchParams())).toString()).toBe('');
});

test('nonsense in an address is taken for the default', () => {
  expect(readTableState(new URLSearchParams('status=x&sort=--name&q=%20'))).toEqual({
    q: '',
    status: null,
    sort: '-created_at',
  });
});

test('a heading sorts its first way, then the other way round', () => {
  expect(sortAfterClick('name', '-created_at')).toBe('name');
  expect(sortAfterClick('name', 'name')).toBe('-name');
  expect(sortAfterClick('name', '-name')).toBe('name');
  expect(sortAfterClick('last_used_at', 'name')).toBe('-last_used_at');
});

test('the last cursor of a history entry leads to its page', () => {
  const state = readTableState(new URLSearchParams('q=ci'));
  expect(queryOf(state, cursorsOf({ cursors: ['a', 'b'] }))).toEqual({
    q: 'ci',
    sort: '-created_at',
    limit: 20,
    cursor: 'b',
  });
  for (const odd of [null, 'x', {}, { cursors: 'a' }, { cursors: [1] }]) expect(cursorsOf(odd)).toEqual([]);
});
