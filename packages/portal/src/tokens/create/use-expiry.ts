/**
 * The Expired date field's meaning while it is typed: which day, until when, or what is wrong. Brings the clock, the
 * holder's time zone and Temporal to the pure parts.
 */
import { useEffect, useState } from 'react';
import { localTimeZone } from '../../messages/format.ts';
import { useNowMs } from '../../messages/now.ts';
import {
  type CalendarDay,
  type ExpiryPreview,
  loadTemporal,
  nativeTemporal,
  previewExpiry,
  type TemporalApi,
  todayIn,
} from './expiry.ts';
import { readTypedDate, type TypedDate } from './typed-date.ts';

export interface Expiry {
  typed: TypedDate;
  /** null: no day typed, or Temporal not there yet. */
  preview: ExpiryPreview | null;
  timeZone: string;
  /** null: Temporal not there yet. */
  today: CalendarDay | null;
  temporal: TemporalApi | null;
}

/** Reads what is typed: the same text means another thing once Temporal is there, or a day later. */
export function useExpiry(): (text: string) => Expiry {
  const temporal = useTemporal();
  const nowMs = useNowMs();
  const [timeZone] = useState(knownTimeZone);
  return (text) => {
    const typed = readTypedDate(text);
    return {
      typed,
      preview:
        temporal !== null && typed.kind === 'day'
          ? previewExpiry(temporal, typed.day, timeZone, nowMs)
          : null,
      timeZone,
      today: temporal && todayIn(temporal, nowMs, timeZone),
      temporal,
    };
  };
}

function useTemporal(): TemporalApi | null {
  const [temporal, setTemporal] = useState(nativeTemporal);
  useEffect(() => {
    let shown = true;
    if (temporal === null) void loadTemporal().then((loaded) => shown && setTemporal(() => loaded));
    return () => {
      shown = false;
    };
  }, [temporal]);
  return temporal;
}

/** The browser's zone, or UTC where the browser does not know its own. */
function knownTimeZone(): string {
  const zone = localTimeZone();
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return zone === undefined || zone === 'Etc/Unknown' ? 'UTC' : zone;
  } catch {
    return 'UTC';
  }
}
