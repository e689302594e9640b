/** What people type as a date, and what is refused rather than guessed. */
import { expect, test } from 'vitest';
import { readTypedDate } from './typed-date.ts';

test.each([
  ['2026-12-31', '2026-12-31'],
  [' 2026/1/5 ', '2026-01-05'],
  ['31 Dec 2026', '2026-12-31'],
  ['31 December 2026', '2026-12-31'],
  ['31-dec-2026', '2026-12-31'],
  ['1 Sept 2026', '2026-09-01'],
  ['Dec 31, 2026', '2026-12-31'],
  ['December 1st 2026', '2026-12-01'],
  ['31 Desember 2026', '2026-12-31'],
  ['17 Agustus 2027', '2027-08-17'],
  ['1 Mei 2027', '2027-05-01'],
  ['31/12/2026', '2026-12-31'],
  ['12/31/2026', '2026-12-31'],
  ['31.12.2026', '2026-12-31'],
  ['05/05/2027', '2027-05-05'],
  ['29 Feb 2028', '2028-02-29'],
])('reads %j as %s', (text, day) => {
  expect(readTypedDate(text)).toEqual({ kind: 'day', day });
});

test.each(['tomorrow', '2026-13-01', '2026-02-29', '31 Foo 2026', '0/0/2026', '12/31/26', '2026'])(
  'does not read %j',
  (text) => {
    expect(readTypedDate(text)).toEqual({ kind: 'unreadable' });
  },
);

test('refuses to guess between day and month', () => {
  expect(readTypedDate('05/06/2027')).toEqual({
    kind: 'ambiguous',
    readings: ['2027-06-05', '2027-05-06'],
  });
});

test('takes blanks for an empty field', () => {
  expect(readTypedDate('  ')).toEqual({ kind: 'empty' });
});
