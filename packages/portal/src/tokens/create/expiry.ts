/**
 * When a token ends: the last instant of a chosen calendar day in the holder's time zone, and the
 * calendar arithmetic of the quick picks. The server computes the same instant from the date and the
 * zone that the form sends; this file is for showing it beforehand. It formats nothing and reads no clock:
 * `nowMs` (epoch milliseconds) is passed in.
 */
import type { Temporal as TemporalSpec } from 'temporal-polyfill';

export type TemporalApi = typeof TemporalSpec;

/** A calendar day, `YYYY-MM-DD`. */
export type CalendarDay = string;

export type QuickPick = '7d' | '30d' | '60d' | '90d' | '1y';
export const quickPicks: readonly QuickPick[] = ['7d', '30d', '60d', '90d', '1y'];

const quickPickDurations: Record<QuickPick, { days?: number; years?: number }> = {
  '7d': { days: 7 },
  '30d': { days: 30 },
  '60d': { days: 60 },
  '90d': { days: 90 },
  '1y': { years: 1 },
};

/** The browser's own Temporal, if it has one. */
export function nativeTemporal(): TemporalApi | null {
  const native = (globalThis as { Temporal?: TemporalApi }).Temporal;
  return native?.ZonedDateTime === undefined ? null : native;
}

/** The browser's own Temporal, or else the polyfill, fetched only then. */
export async function loadTemporal(): Promise<TemporalApi> {
  return nativeTemporal() ?? (await import('temporal-polyfill/implementation')).Temporal;
}

/**
 * The last millisecond (epoch ms) of `day` in `timeZone`: the start of the next day less one. On ordinary
 * days that is 23:59:59.999; where the clock jumps over midnight it is the millisecond before the jump.
 * A day that the zone skipped altogether (Pacific/Apia, 30 December 2011) has no instant of its own: its
 * end is the end of the day before. Throws RangeError for a day or zone that does not exist.
 */
export function endOfDayMs(temporal: TemporalApi, day: CalendarDay, timeZone: string): number {
  const next = temporal.PlainDate.from(day).add({ days: 1 });
  return next.toZonedDateTime(timeZone).epochMilliseconds - 1;
}

/** The calendar day that it is at `nowMs` in `timeZone`. */
export function todayIn(temporal: TemporalApi, nowMs: number, timeZone: string): CalendarDay {
  return temporal.Instant.fromEpochMilliseconds(nowMs).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

/** The day a quick pick stands for, counted from `today`; a year from 29 February is 28 February. */
export function pickedDay(temporal: TemporalApi, pick: QuickPick, today: CalendarDay): CalendarDay {
  return temporal.PlainDate.from(today).add(quickPickDurations[pick]).toString();
}

export type ExpiryPreview =
  | { kind: 'past'; endMs: number }
  | { kind: 'works'; endMs: number; daysFromNow: number };

/**
 * What a chosen day means at `nowMs`: refused when its last millisecond is over already, otherwise its end and
 * the number of calendar days until then (0 = today).
 */
export function previewExpiry(
  temporal: TemporalApi,
  day: CalendarDay,
  timeZone: string,
  nowMs: number,
): ExpiryPreview {
  const endMs = endOfDayMs(temporal, day, timeZone);
  if (endMs < nowMs) return { kind: 'past', endMs };
  const today = temporal.PlainDate.from(todayIn(temporal, nowMs, timeZone));
  return { kind: 'works', endMs, daysFromNow: today.until(temporal.PlainDate.from(day)).days };
}
