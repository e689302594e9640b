/**
 * Dates, instants and numbers in the reader's language and time zone, by Intl. Takes epoch milliseconds or an
 * RFC 3339 instant. Reads no clock: what is relative is relative to the `nowMs` passed in.
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

/** The browser's time zone, by its IANA name. */
export function localTimeZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The calendar day of an instant: `31 Dec 2026`. */
export function formatDate(instant: Instant, timeZone: string = localTimeZone()): string {
  return new Intl.DateTimeFormat(locale(), {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone,
  }).format(msOf(instant));
}

/** An instant to the minute, with its zone: `31 Dec 2026 23:59 WIB`. */
export function formatInstant(instant: Instant, timeZone: string = localTimeZone()): string {
  const time = new Intl.DateTimeFormat(locale(), {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
  }).format(msOf(instant));
  return `${formatDate(instant, timeZone)} ${time} ${zoneName(msOf(instant), timeZone)}`;
}

/** The time of day to the millisecond: `23:59:59.999`. */
export function formatTime(instant: Instant, timeZone: string = localTimeZone()): string {
  return new Intl.DateTimeFormat(locale(), {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZone,
  }).format(msOf(instant));
}

/** An instant to the millisecond, with its zone: `31 Dec 2026 23:59:59.999 WIB`. */
export function formatExactInstant(instant: Instant, timeZone: string = localTimeZone()): string {
  const day = formatDate(instant, timeZone);
  return `${day} ${formatTime(instant, timeZone)} ${zoneName(msOf(instant), timeZone)}`;
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
    const inWords = new Intl.RelativeTimeFormat(locale(), { numeric });
    return inWords.format(Math.trunc(distanceMs / unitMs), unit);
  }
  return i18next.t('shell:just_now');
}

/** A number with its language's separators: `10,000`. */
export function formatNumber(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}
