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
  const [timeZone] = useState(localTimeZone);

  /** null where Temporal is not there yet, or does not know the zone: the server reckons all the same. */
  function reckoned<Result>(reckon: (temporal: TemporalApi) => Result): Result | null {
    try {
      return temporal && reckon(temporal);
    } catch {
      return null;
    }
  }

  return (text) => {
    const typed = readTypedDate(text);
    return {
      typed,
      preview: typed.kind === 'day' ? reckoned((t) => previewExpiry(t, typed.day, timeZone, nowMs)) : null,
      timeZone,
      today: reckoned((t) => todayIn(t, nowMs, timeZone)),
      temporal,
    };
  };
}

function useTemporal(): TemporalApi | null {
  const [temporal, setTemporal] = useState(nativeTemporal);
  useEffect(() => {
    let shown = true;
    if (temporal === null) {
      // Without it the form cannot show beforehand when the token ends; it creates one all the same.
      loadTemporal().then(
        (loaded) => shown && setTemporal(() => loaded),
        () => undefined,
      );
    }
    return () => {
      shown = false;
    };
  }, [temporal]);
  return temporal;
}
