/** The calendar of the field Expired date, from today on. Fetched when it is first opened. */
import '@mantine/dates/styles.layer.css';
import { DatePicker } from '@mantine/dates';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { CalendarDay } from './expiry.ts';

interface ExpiryCalendarProps {
  chosen: CalendarDay | null;
  today: CalendarDay;
  onPick: (day: CalendarDay) => void;
}

export default function ExpiryCalendar({ chosen, today, onPick }: ExpiryCalendarProps) {
  const { t } = useTranslation('tokens');
  const shown = chosen !== null && chosen >= today ? chosen : null;
  const calendar = useRef<HTMLDivElement>(null);
  const entry = shown ?? today;
  // The popover's focus trap looks for the mark when it opens, which may be before this has been fetched.
  useEffect(() => calendar.current?.querySelector<HTMLElement>('[data-autofocus]')?.focus(), []);
  return (
    <DatePicker
      ref={calendar}
      getDayProps={(day) => (day === entry ? { 'data-autofocus': true } : {})}
      value={shown}
      defaultDate={entry}
      minDate={today}
      maxDate="9998-12-31"
      highlightToday
      weekendDays={[]}
      hideOutsideDates
      onChange={(day) => {
        // Picking the chosen day again answers null: it stays chosen.
        const picked = day ?? shown;
        if (picked !== null) onPick(picked);
      }}
      ariaLabels={{
        previousMonth: t('create.previous_month'),
        nextMonth: t('create.next_month'),
      }}
    />
  );
}
