/** The end of a day in real time zones, computed by the built-in Temporal and by the polyfill alike. */
import { Temporal as polyfill } from 'temporal-polyfill/implementation';
import { describe, expect, test } from 'vitest';
import { endOfDayMs, loadTemporal, pickedDay, previewExpiry, type TemporalApi, todayIn } from './expiry.ts';

const native = (globalThis as { Temporal?: TemporalApi }).Temporal;
if (native === undefined) throw new Error('This test needs a Node with Temporal built in.');

const ends: [day: string, zone: string, end: string, why: string][] = [
  ['2026-12-31', 'Asia/Jakarta', '2026-12-31T16:59:59.999Z', 'a zone without daylight saving'],
  ['2026-12-31', 'UTC', '2026-12-31T23:59:59.999Z', 'UTC'],
  ['2028-02-29', 'UTC', '2028-02-29T23:59:59.999Z', 'a leap day'],
  ['2026-07-01', 'America/St_Johns', '2026-07-02T02:29:59.999Z', 'an offset with half an hour'],
  ['2026-03-08', 'America/St_Johns', '2026-03-09T02:29:59.999Z', 'the short day in spring'],
  ['2026-11-01', 'America/St_Johns', '2026-11-02T03:29:59.999Z', 'the long day in autumn'],
  ['2010-11-06', 'America/St_Johns', '2010-11-07T02:29:59.999Z', 'the first of two midnights'],
  ['2011-12-29', 'Pacific/Apia', '2011-12-30T09:59:59.999Z', 'the day before a skipped day'],
  ['2011-12-30', 'Pacific/Apia', '2011-12-30T09:59:59.999Z', 'a skipped day'],
  ['2011-12-31', 'Pacific/Apia', '2011-12-31T09:59:59.999Z', 'the day after a skipped day'],
  ['2026-04-23', 'Africa/Cairo', '2026-04-23T21:59:59.999Z', 'the eve of a day that begins at 01:00'],
  ['2026-04-24', 'Africa/Cairo', '2026-04-24T20:59:59.999Z', 'a day that begins at 01:00'],
  ['2026-10-29', 'Africa/Cairo', '2026-10-29T21:59:59.999Z', 'a day whose last hour comes twice'],
  ['2018-11-03', 'America/Sao_Paulo', '2018-11-04T02:59:59.999Z', 'the eve of a missing midnight'],
  ['2018-02-17', 'America/Sao_Paulo', '2018-02-18T02:59:59.999Z', 'a day whose last hour came twice'],
];

describe.each([
  ['built in', native],
  ['polyfill', polyfill as TemporalApi],
])('Temporal %s', (_name, temporal) => {
  test.each(ends)('%s in %s ends at %s (%s)', (day, zone, end) => {
    expect(new Date(endOfDayMs(temporal, day, zone)).toISOString()).toBe(end);
  });

  test('refuses days and zones that do not exist', () => {
    expect(() => endOfDayMs(temporal, '2026-02-30', 'UTC')).toThrow(RangeError);
    expect(() => endOfDayMs(temporal, '2026-02-28', 'Mars/Olympus')).toThrow(RangeError);
  });

  test('knows which day it is where the holder is', () => {
    const nowMs = Date.parse('2026-11-23T18:30:00Z');
    expect(todayIn(temporal, nowMs, 'UTC')).toBe('2026-11-23');
    expect(todayIn(temporal, nowMs, 'Asia/Jakarta')).toBe('2026-11-24');
  });

  test('counts quick picks on the calendar', () => {
    expect(pickedDay(temporal, '7d', '2026-12-28')).toBe('2027-01-04');
    expect(pickedDay(temporal, '90d', '2026-11-23')).toBe('2027-02-21');
    expect(pickedDay(temporal, '1y', '2028-02-29')).toBe('2029-02-28');
  });

  test('accepts today up to and including its last millisecond and refuses it afterwards', () => {
    const endMs = Date.parse('2026-11-23T16:59:59.999Z');
    expect(previewExpiry(temporal, '2026-11-23', 'Asia/Jakarta', endMs)).toEqual({
      kind: 'works',
      endMs,
      daysFromNow: 0,
    });
    expect(previewExpiry(temporal, '2026-11-23', 'Asia/Jakarta', endMs + 1)).toEqual({ kind: 'past', endMs });
  });

  test('counts the days from now on the calendar, whatever the hour and the clock changes between', () => {
    const nowMs = Date.parse('2026-11-23T16:00:00Z');
    expect(previewExpiry(temporal, '2026-12-31', 'Asia/Jakarta', nowMs)).toMatchObject({ daysFromNow: 38 });
    expect(previewExpiry(temporal, '2027-11-23', 'America/St_Johns', nowMs)).toMatchObject({
      daysFromNow: 365,
    });
  });
});

test('uses the built-in Temporal where there is one', async () => {
  expect(await loadTemporal()).toBe(native);
});
