import { describe, expect, it } from 'vitest';
import { Refusal } from '../refusal.ts';
import { endOfDayMs, parseExpiry } from './expiry.ts';

const NOW_MS = Date.parse('2026-11-23T10:00:00Z');

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('the last day of a token', () => {
  it.each([
    ['2026-12-31', 'Asia/Jakarta', '2026-12-31T16:59:59.999Z'],
    ['2026-12-31', 'UTC', '2026-12-31T23:59:59.999Z'],
    ['2026-12-31', 'America/St_Johns', '2027-01-01T03:29:59.999Z'],
    ['2026-12-31', 'Pacific/Apia', '2026-12-31T10:59:59.999Z'],
    ['2026-12-31', 'Pacific/Kiritimati', '2026-12-31T09:59:59.999Z'],
    // A day of 23 hours and one of 25.
    ['2027-03-14', 'America/St_Johns', '2027-03-15T02:29:59.999Z'],
    ['2027-11-07', 'America/St_Johns', '2027-11-08T03:29:59.999Z'],
    ['2027-03-28', 'Europe/Berlin', '2027-03-28T21:59:59.999Z'],
    // The next day begins at 01:00: its midnight does not exist.
    ['2018-11-03', 'America/Sao_Paulo', '2018-11-04T02:59:59.999Z'],
    ['2011-12-29', 'Pacific/Apia', '2011-12-30T09:59:59.999Z'],
    ['2028-02-29', 'UTC', '2028-02-29T23:59:59.999Z'],
  ])('%s in %s ends at %s', (day, zone, instant) => {
    expect(new Date(endOfDayMs(day, zone)).toISOString()).toBe(instant);
  });

  it.each([
    '2027-02-29',
    '2027-13-01',
    '2027-1-1',
    '27-01-01',
    'tomorrow',
    '',
    '2027-01-01T00:00Z',
    '+002027-01-01',
  ])('refuses %j as no calendar day', (day) => {
    expect(codeOf(() => parseExpiry({ expiresOn: day, timeZone: 'UTC' }, NOW_MS))).toBe('invalid_expiry');
  });

  it.each(['Mars/Phobos', '+07:00', '', 'UTC; drop', '../etc/passwd'])(
    'refuses %j as no time zone',
    (timeZone) => {
      expect(codeOf(() => parseExpiry({ expiresOn: '2027-01-01', timeZone }, NOW_MS))).toBe(
        'invalid_time_zone',
      );
    },
  );

  it('may be today, in the zone where it still is today', () => {
    const day = { expiresOn: '2026-11-23' };
    expect(codeOf(() => parseExpiry({ ...day, timeZone: 'UTC' }, NOW_MS))).toBe('accepted');
    expect(codeOf(() => parseExpiry({ ...day, timeZone: 'Pacific/Kiritimati' }, NOW_MS))).toBe(
      'expiry_in_past',
    );
  });
});

describe('an expiry as asked for', () => {
  it('is never when nothing is given', () => {
    expect(parseExpiry({}, NOW_MS)).toBeNull();
  });

  it.each([
    ['2027-12-31T23:59:59Z', '2027-12-31T23:59:59.000Z'],
    ['2027-12-31t23:59:59.5+07:00', '2027-12-31T16:59:59.500Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('takes the instant %s', (expiresAt, instant) => {
    expect(new Date(parseExpiry({ expiresAt }, NOW_MS) ?? 0).toISOString()).toBe(instant);
  });

  it.each([
    [{ expiresAt: '2026-11-23T09:59:59Z' }, 'expiry_in_past'],
    [{ expiresAt: '2026-11-23T10:00:00Z' }, 'expiry_in_past'],
    [{ expiresAt: '9999-12-31T23:59:59-01:00' }, 'invalid_expiry'],
    [{ expiresAt: '2027-02-29T00:00:00Z' }, 'invalid_expiry'],
    [{ expiresAt: '2027-01-01' }, 'invalid_expiry'],
    [{ expiresAt: '2027-01-01T00:00:00' }, 'invalid_expiry'],
    [{ expiresAt: '2027-01-01T00:00:00Z', expiresOn: '2027-01-01' }, 'invalid_expiry'],
    [{ expiresOn: '2027-01-01' }, 'invalid_time_zone'],
    [{ timeZone: 'UTC' }, 'invalid_expiry'],
  ])('answers %j with %s', (request, code) => {
    expect(codeOf(() => parseExpiry(request, NOW_MS))).toBe(code);
  });
});
