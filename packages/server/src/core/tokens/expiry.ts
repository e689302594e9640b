/** From what a person asks for to the instant at which a token ends. Pure: now is passed in. */
import { Refusal } from '../refusal.ts';

/** How an expiry is asked for: a last day in a time zone, an exact instant, or neither (never). */
export type ExpiryRequest = {
  /** The last day on which the token works, `YYYY-MM-DD`. */
  readonly expiresOn?: string | undefined;
  /** IANA time zone that the day is meant in. */
  readonly timeZone?: string | undefined;
  /** RFC 3339 instant. */
  readonly expiresAt?: string | undefined;
};

/** The last instant that a token may be given: the end of the year 9999, beyond which RFC 3339 cannot write. */
const LAST_INSTANT_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * @returns epoch milliseconds of the last millisecond on which the token works, or null for never
 * @throws Refusal `invalid_expiry`, `invalid_time_zone`, `expiry_in_past`
 */
export function parseExpiry(request: ExpiryRequest, nowMs: number): number | null {
  const { expiresOn, expiresAt, timeZone } = request;
  if (expiresOn !== undefined && expiresAt !== undefined) {
    throw Refusal.ofField('invalid_expiry', 'expires_at', 'Give either expires_on or expires_at, not both.');
  }
  if (expiresOn === undefined && timeZone !== undefined) {
    throw Refusal.ofField('invalid_expiry', 'time_zone', 'A time_zone belongs to expires_on; give both.');
  }
  if (expiresOn !== undefined) return parseLastDay(expiresOn, timeZone, nowMs);
  return expiresAt === undefined ? null : parseInstant(expiresAt, nowMs);
}

function parseLastDay(expiresOn: string, timeZone: string | undefined, nowMs: number): number {
  if (timeZone === undefined) {
    throw Refusal.ofField(
      'invalid_time_zone',
      'time_zone',
      'expires_on needs a time_zone, e.g. Asia/Jakarta.',
    );
  }
  const endMs = endOfDayMs(expiresOn, timeZone);
  if (endMs < nowMs) {
    throw Refusal.ofField(
      'expiry_in_past',
      'expires_on',
      'The expired date is in the past. Pick today or later.',
    );
  }
  return withinRange(endMs, 'expires_on');
}

/**
 * The last millisecond of a calendar day in a zone: one before the next day's first instant, so that a day of 23 or 25 hours,
 * or one that begins at 01:00, ends where its people say it does. A day that a zone skipped ends where it would have begun.
 * @throws Refusal `invalid_expiry` for what is no calendar day, `invalid_time_zone` for what is no IANA zone
 */
export function endOfDayMs(day: string, timeZone: string): number {
  return startOfDay(parseDay(day).add({ days: 1 }), timeZone).epochMilliseconds - 1;
}

function parseDay(day: string): Temporal.PlainDate {
  const invalid = () =>
    Refusal.ofField('invalid_expiry', 'expires_on', 'Write the expired date as YYYY-MM-DD, e.g. 2027-12-31.');
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw invalid();
  try {
    return Temporal.PlainDate.from(day, { overflow: 'reject' });
  } catch {
    throw Refusal.ofField('invalid_expiry', 'expires_on', `There is no day ${day}.`);
  }
}

function startOfDay(day: Temporal.PlainDate, timeZone: string): Temporal.ZonedDateTime {
  const unknown = () =>
    Refusal.ofField(
      'invalid_time_zone',
      'time_zone',
      'The time zone is not an IANA name such as Asia/Jakarta.',
    );
  // Offsets such as +07:00 are no zones: they know no daylight saving.
  if (!/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/.test(timeZone)) throw unknown();
  try {
    return day.toZonedDateTime(timeZone);
  } catch {
    throw unknown();
  }
}

/** RFC 3339, section 5.6: a date, a time and an offset; fractions finer than a millisecond are cut. */
const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

function parseInstant(expiresAt: string, nowMs: number): number {
  const invalid = () =>
    Refusal.ofField(
      'invalid_expiry',
      'expires_at',
      'Write expires_at as RFC 3339, e.g. 2027-12-31T23:59:59Z.',
    );
  if (!RFC_3339.test(expiresAt)) throw invalid();
  let instantMs: number;
  try {
    instantMs = Temporal.Instant.from(expiresAt.toUpperCase()).epochMilliseconds;
  } catch {
    throw invalid();
  }
  if (instantMs <= nowMs) {
    throw Refusal.ofField('expiry_in_past', 'expires_at', 'expires_at is in the past. Give a later instant.');
  }
  return withinRange(instantMs, 'expires_at');
}

function withinRange(instantMs: number, field: string): number {
  if (instantMs <= LAST_INSTANT_MS) return instantMs;
  throw Refusal.ofField(
    'invalid_expiry',
    field,
    'The expiry is after the year 9999. Leave it out for a token that never ends.',
  );
}
