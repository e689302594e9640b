/**
 * Dates, instants and numbers in the reader's language and time zone, by Intl; where the browser has none that works, in UTC
 * and plain digits. Never throws. Takes epoch milliseconds or an RFC 3339 instant. Reads no clock: what is relative is relative to the `nowMs` passed in.
 */
import i18next from 'i18next';

/** Epoch milliseconds, or the wire's RFC 3339 text. */
export type Instant = number | string;

/**
 * How each language writes dates. English is day first with a 24-hour clock everywhere, so that no reader takes
 * 04/05 for another day than its writer.
 */
const regions: Record<string, string> = { en: 'en-GB' };

function locale(): string {
  const language = i18next.language ?? 'en';
  return regions[language] ?? language;
}

function msOf(instant: Instant): number {
  return typeof instant === 'number' ? instant : Date.parse(instant);
}

/** The browser's time zone, by its IANA name; UTC where the browser names none, or one that it does not know itself. */
export function localTimeZone(): string {
  return attempt(
    () => {
      const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
      new Intl.DateTimeFormat('en', { timeZone: zone });
      return typeof zone === 'string' && !/^(?:|Etc\/Unknown)$/.test(zone) ? zone : 'UTC';
    },
    () => 'UTC',
  );
}

/** The first that does not throw: a browser may have no Intl, parts of it, or one that other programs have changed. */
function attempt<Result>(byIntl: () => Result, otherwise: () => Result): Result {
  try {
    return byIntl();
  } catch {
    return otherwise();
  }
}

/** `2026-12-31T16:59:59.999Z`; what is not an instant stays as it is. */
function inUtc(instant: Instant): string {
  return attempt(
    () => new Date(msOf(instant)).toISOString(),
    () => String(instant),
  );
}

/** The calendar day of an instant: `31 Dec 2026`. Without Intl the one in UTC: `2026-12-31`. */
export function formatDate(instant: Instant, timeZone: string = localTimeZone()): string {
  return attempt(
    () => dateByIntl(instant, timeZone),
    () => inUtc(instant).slice(0, 10),
  );
}

/** An instant to the minute, with its zone: `31 Dec 2026 23:59 WIB`. Without Intl `2026-12-31 16:59 UTC`. */
export function formatInstant(instant: Instant, timeZone: string = localTimeZone()): string {
  return attempt(
    () => {
      const time = new Intl.DateTimeFormat(locale(), {
        hour: '2-digit',
        minute: '2-digit',
        hourCycle: 'h23',
        timeZone,
      }).format(msOf(instant));
      return `${dateByIntl(instant, timeZone)} ${time} ${zoneName(msOf(instant), timeZone)}`;
    },
    () => inUtc(instant).replace(/T(\d\d:\d\d).*$/, ' $1 UTC'),
  );
}

/** The time of day to the millisecond: `23:59:59.999`. Without Intl `16:59:59.999 UTC`. */
export function formatTime(instant: Instant, timeZone: string = localTimeZone()): string {
  return attempt(
    () => timeByIntl(instant, timeZone),
    () => inUtc(instant).replace(/^.*T(.*)Z$/, '$1 UTC'),
  );
}

/** An instant to the millisecond, with its zone: `31 Dec 2026 23:59:59.999 WIB`. Without Intl as the API writes it. */
export function formatExactInstant(instant: Instant, timeZone: string = localTimeZone()): string {
  return attempt(
    () => {
      const zone = zoneName(msOf(instant), timeZone);
      return `${dateByIntl(instant, timeZone)} ${timeByIntl(instant, timeZone)} ${zone}`;
    },
    () => inUtc(instant),
  );
}

function dateByIntl(instant: Instant, timeZone: string): string {
  return new Intl.DateTimeFormat(locale(), {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone,
  }).format(msOf(instant));
}

function timeByIntl(instant: Instant, timeZone: string): string {
  return new Intl.DateTimeFormat(locale(), {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZone,
  }).format(msOf(instant));
}

/** Languages that have short names for zones of their own countries where the reader's has none. */
const zoneNamers = ['en-US', 'id'];

/** What the zone is called at that instant: `WIB`, `EST`, or `GMT+9` where no short name is known. */
function zoneName(ms: number, timeZone: string): string {
  const names = [locale(), ...zoneNamers].map(
    (language) =>
      new Intl.DateTimeFormat(language, { timeZone, timeZoneName: 'short' })
        .formatToParts(ms)
        .find(({ type }) => type === 'timeZoneName')?.value ?? '',
  );
  return names.find((name) => !/^(?:GMT|UTC)[+-]/.test(name)) ?? names[0] ?? '';
}

const units: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
];

/**
 * How far an instant is from now, in its largest whole unit: `3 minutes ago`, `in 2 days`; under a minute `just now`.
 * Only days have names (`yesterday`): "last year" could be a day or two years ago.
 */
export function formatRelative(instant: Instant, nowMs: number): string {
  const distanceMs = msOf(instant) - nowMs;
  for (const [unit, unitMs] of units) {
    if (Math.abs(distanceMs) < unitMs) continue;
    const numeric = unit === 'day' ? 'auto' : 'always';
    return attempt(
      () => new Intl.RelativeTimeFormat(locale(), { numeric }).format(Math.trunc(distanceMs / unitMs), unit),
      () => formatInstant(instant),
    );
  }
  return i18next.t('shell:just_now');
}

/** A number with its language's separators: `10,000`. */
export function formatNumber(value: number): string {
  return attempt(
    () => new Intl.NumberFormat(locale()).format(value),
    () => String(value),
  );
}

/** One of several: `a, b or c`. */
export function formatEither(choices: readonly string[]): string {
  return attempt(
    () => new Intl.ListFormat(locale(), { type: 'disjunction' }).format(choices),
    () => choices.join(', '),
  );
}
