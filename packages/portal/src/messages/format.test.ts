import { beforeAll, describe, expect, test } from 'vitest';
import { languageFor, startCatalogue } from './catalogue.ts';
import {
  formatDate,
  formatExactInstant,
  formatInstant,
  formatNumber,
  formatRelative,
  formatTime,
} from './format.ts';

beforeAll(() => startCatalogue(['en']));

const endOfYear = Date.UTC(2026, 11, 31, 16, 59, 59, 999);

describe('an instant', () => {
  test.each([
    ['Asia/Jakarta', '31 Dec 2026 23:59 WIB'],
    ['Asia/Makassar', '1 Jan 2027 00:59 WITA'],
    ['Asia/Tokyo', '1 Jan 2027 01:59 GMT+9'],
    ['America/New_York', '31 Dec 2026 11:59 EST'],
    ['UTC', '31 Dec 2026 16:59 UTC'],
  ])('is told to the minute in its zone %s', (zone, text) => {
    expect(formatInstant(endOfYear, zone)).toBe(text);
    expect(formatInstant('2026-12-31T16:59:59.999Z', zone)).toBe(text);
  });

  test('is told to the millisecond, on a clock of 24 hours', () => {
    expect(formatTime(endOfYear, 'Asia/Jakarta')).toBe('23:59:59.999');
    expect(formatTime('2026-12-31T17:00:00.007Z', 'Asia/Jakarta')).toBe('00:00:00.007');
    expect(formatExactInstant(endOfYear, 'Asia/Jakarta')).toBe('31 Dec 2026 23:59:59.999 WIB');
    expect(formatExactInstant(endOfYear, 'Asia/Tokyo')).toBe('1 Jan 2027 01:59:59.999 GMT+9');
  });

  test('is dated by the day in its zone', () => {
    expect(formatDate(endOfYear, 'Asia/Jakarta')).toBe('31 Dec 2026');
    expect(formatDate(endOfYear, 'Asia/Tokyo')).toBe('1 Jan 2027');
  });
});

test.each([
  [0, 'just now'],
  [-59_000, 'just now'],
  [-60_000, '1 minute ago'],
  [-3 * 60_000, '3 minutes ago'],
  [-119 * 60_000, '1 hour ago'],
  [-86_400_000, 'yesterday'],
  [-13 * 86_400_000, '13 days ago'],
  [-45 * 86_400_000, '1 month ago'],
  [2 * 86_400_000, 'in 2 days'],
  [400 * 86_400_000, 'in 1 year'],
])('%i ms from now is "%s"', (distanceMs, text) => {
  expect(formatRelative(endOfYear + distanceMs, endOfYear)).toBe(text);
});

test('a number has its separators', () => {
  expect(formatNumber(10_000)).toBe('10,000');
});

test.each([
  [['id-ID', 'en-GB'], 'en'],
  [['en-US'], 'en'],
  [['xx'], 'en'],
  [[], 'en'],
])('%j gets the catalogue %s', (wishes, language) => {
  expect(languageFor(wishes)).toBe(language);
});
