/** What is wrong with the fields of Create Token, in words: by the rules known here, or by the server's answer. */
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../api/problem.ts';
import { dayInWords } from './expiry-field.tsx';
import { nameFault, nameLengthMax, tidyName } from './token-name.ts';
import type { Expiry } from './use-expiry.ts';

/** How a submission went wrong, and whether an earlier try of the same may have made the token. */
export interface Failure {
  problem: Problem;
  maybeCreatedBefore: boolean;
}

export function useNameFault(name: string): string | null {
  const { t } = useTranslation('tokens');
  switch (nameFault(name)) {
    case null:
      return null;
    case 'required':
      return t('create.fault.name_required');
    case 'unprintable':
      return t('create.fault.name_unprintable');
    case 'too_long':
      return t('create.fault.name_too_long', { max: nameLengthMax, length: [...tidyName(name)].length });
  }
}

export function useDateFault({ typed, preview }: Expiry): string | null {
  const { t } = useTranslation('tokens');
  if (typed.kind === 'unreadable') return t('create.fault.date_unreadable');
  if (typed.kind === 'ambiguous') {
    const [first, second] = typed.readings;
    return t('create.fault.date_ambiguous', { first: dayInWords(first), second: dayInWords(second) });
  }
  return preview?.kind === 'past' ? t('create.fault.date_past') : null;
}

export interface Refusals {
  name: string | null;
  date: string | null;
  /** The answer was about neither field. */
  elsewhere: boolean;
}

/** What the server said of the fields, until the field in question is edited. */
export function useRefusals(failure: Failure | null, name: string, date: string): Refusals {
  const { t } = useTranslation('tokens');
  const sent = useRef({ failure, name, date });
  if (sent.current.failure !== failure) sent.current = { failure, name, date };
  if (failure === null) return { name: null, date: null, elsewhere: false };

  const { problem, maybeCreatedBefore } = failure;
  const taken = problem.code === 'name_taken';
  const ofName = taken
    ? t(maybeCreatedBefore ? 'create.fault.name_taken_by_lost' : 'create.fault.name_taken')
    : (problem.errorOf('name')?.message ?? null);
  const ofDate =
    ['expires_on', 'expires_at', 'time_zone'].map((field) => problem.errorOf(field)?.message).find(Boolean) ??
    null;
  return {
    name: name === sent.current.name ? ofName : null,
    date: date === sent.current.date ? ofDate : null,
    elsewhere: ofName === null && ofDate === null,
  };
}
