/**
 * Reads a date as a person types it into the Expired date field. Pure: no clock, no zone. It does not
 * judge whether the date is past, and it never guesses: what could mean two days is refused.
 */
import type { CalendarDay } from './expiry.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
/** Indonesian month names that do not begin like the English ones. */
const otherMonths: Record<string, number> = { mei: 5, agu: 8, okt: 10, des: 12 };

export type TypedDate =
  | { kind: 'empty' }
  | { kind: 'day'; day: CalendarDay }
  | { kind: 'ambiguous'; readings: [CalendarDay, CalendarDay] }
  | { kind: 'unreadable' };

const unreadable: TypedDate = { kind: 'unreadable' };

/**
 * Understands `2026-12-31`, `31 Dec 2026`, `31 December 2026`, `Dec 31, 2026` (English and Indonesian
 * months) and `31/12/2026` or `12/31/2026` (also with `.` or `-`) where only one reading is a date.
 */
export function readTypedDate(text: string): TypedDate {
  const typed = text.normalize('NFKC').trim().toLowerCase();
  if (typed === '') return { kind: 'empty' };

  const iso = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$/.exec(typed);
  if (iso) return dayOf(iso[1], iso[2], iso[3]);

  const dayFirst = /^(\d{1,2})[ .-]*([a-z]{3,})\.?[ ,-]*(\d{4})$/.exec(typed);
  if (dayFirst) return dayOf(dayFirst[3], monthNumber(dayFirst[2]), dayFirst[1]);

  const monthFirst = /^([a-z]{3,})\.? *(\d{1,2})(?:st|nd|rd|th)?[ ,]+(\d{4})$/.exec(typed);
  if (monthFirst) return dayOf(monthFirst[3], monthNumber(monthFirst[1]), monthFirst[2]);

  const numeric = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$/.exec(typed);
  if (!numeric) return unreadable;
  const asDayMonth = dayOf(numeric[3], numeric[2], numeric[1]);
  const asMonthDay = dayOf(numeric[3], numeric[1], numeric[2]);
  if (asDayMonth.kind !== 'day') return asMonthDay;
  if (asMonthDay.kind !== 'day' || asMonthDay.day === asDayMonth.day) return asDayMonth;
  return { kind: 'ambiguous', readings: [asDayMonth.day, asMonthDay.day] };
}

function monthNumber(name = ''): number {
  const start = name.slice(0, 3);
  return otherMonths[start] ?? months.indexOf(start) + 1;
}

function dayOf(
  year: string | undefined,
  month: string | number | undefined,
  day: string | undefined,
): TypedDate {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  if (y < 1000 || m < 1 || m > 12 || d < 1 || d > daysInMonth(y, m)) return unreadable;
  return { kind: 'day', day: `${y}-${String(m).padStart(2, '0')}-${String(d).padStart(2, '0')}` };
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}
