/** The field Expired date: typed, picked from a calendar, or by a quick pick; says under it until when the token works. */
import { ActionIcon, Button, Loader, Popover, TextInput } from '@mantine/core';
import type { GetInputPropsReturnType } from '@mantine/form';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatDate, formatInstant, formatNumber } from '../../messages/format.ts';
import { CalendarIcon } from '../../shell/icons.tsx';
import { type CalendarDay, type ExpiryPreview, pickedDay, quickPicks } from './expiry.ts';
import classes from './expiry-field.module.css';
import type { Expiry } from './use-expiry.ts';

const calendar = () => import('./expiry-calendar.tsx');
const ExpiryCalendar = lazy(calendar);

interface ExpiryFieldProps {
  /** The form's field, whose value is the text as it was typed. */
  field: GetInputPropsReturnType;
  expiry: Expiry;
  /** What is wrong with the date; takes the place of what it means. */
  error: string | null;
  onPick: (text: string) => void;
}

export function ExpiryField({ field, expiry, error, onPick }: ExpiryFieldProps) {
  const { t } = useTranslation('tokens');
  const meaning = useMeaning(expiry);
  const chosen = expiry.typed.kind === 'day' ? expiry.typed.day : null;
  return (
    <div>
      <TextInput
        {...field}
        label={t('create.date')}
        placeholder="YYYY-MM-DD"
        autoComplete="off"
        inputMode="text"
        error={error}
        description={error === null && meaning}
        descriptionProps={{ className: classes.meaning, 'aria-live': 'polite' }}
        errorProps={{ className: classes.meaning }}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        rightSection={
          <CalendarButton chosen={chosen} today={expiry.today} onPick={(day) => onPick(dayInWords(day))} />
        }
      />
      <QuickPicks expiry={expiry} chosen={chosen} empty={expiry.typed.kind === 'empty'} onPick={onPick} />
    </div>
  );
}

/** A day as the field shows it when it was picked, in a form that `readTypedDate` reads. */
export function dayInWords(day: CalendarDay): string {
  return formatDate(Date.parse(`${day}T12:00:00Z`), 'UTC');
}

function useMeaning({ preview, typed, timeZone }: Expiry): string {
  const { t } = useTranslation('tokens');
  if (typed.kind === 'empty') return t('create.date_empty');
  if (preview?.kind !== 'works') return '\u00a0';
  return t('create.works_until', {
    instant: formatInstant(preview.endMs, timeZone),
    distance: distanceInWords(preview),
  });

  function distanceInWords({ daysFromNow }: Extract<ExpiryPreview, { kind: 'works' }>): string {
    if (daysFromNow === 0) return t('create.today');
    if (daysFromNow === 1) return t('create.tomorrow');
    return t('create.days_from_now', { days: formatNumber(daysFromNow) });
  }
}

interface CalendarButtonProps {
  chosen: CalendarDay | null;
  today: CalendarDay | null;
  onPick: (day: CalendarDay) => void;
}

function CalendarButton({ chosen, today, onPick }: CalendarButtonProps) {
  const { t } = useTranslation('tokens');
  const [opened, setOpened] = useState(false);
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" trapFocus returnFocus>
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size={28}
          aria-label={t('create.choose_date')}
          onPointerEnter={() => void calendar()}
          onFocus={() => void calendar()}
          onClick={() => setOpened((was) => !was)}
        >
          <CalendarIcon />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('create.calendar')} className={classes.calendar}>
        {today !== null && (
          <Suspense fallback={<Loader size="sm" color="gray" />}>
            <ExpiryCalendar
              chosen={chosen}
              today={today}
              onPick={(day) => {
                onPick(day);
                setOpened(false);
              }}
            />
          </Suspense>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

interface QuickPicksProps {
  expiry: Expiry;
  chosen: CalendarDay | null;
  empty: boolean;
  onPick: (text: string) => void;
}

function QuickPicks({ expiry: { temporal, today }, chosen, empty, onPick }: QuickPicksProps) {
  const { t } = useTranslation('tokens');
  const days = quickPicks.map((pick) => ({
    pick,
    day: temporal !== null && today !== null ? pickedDay(temporal, pick, today) : null,
  }));
  return (
    <fieldset className={classes.picks}>
      <legend className={classes.legend}>{t('create.quick_picks')}</legend>
      {days.map(({ pick, day }) => (
        <PickButton
          key={pick}
          label={t(`create.pick.${pick}`)}
          pressed={day !== null && day === chosen}
          onPick={() => day !== null && onPick(dayInWords(day))}
        />
      ))}
      <PickButton label={t('create.pick.never')} pressed={empty} onPick={() => onPick('')} />
    </fieldset>
  );
}

function PickButton({ label, pressed, onPick }: { label: string; pressed: boolean; onPick: () => void }) {
  return (
    <Button
      variant="default"
      size="compact-sm"
      className={classes.pick}
      aria-pressed={pressed}
      onClick={onPick}
    >
      {label}
    </Button>
  );
}
