/** What is wrong with a field of Create Token by the rules known here, in words. What the server refuses is creation-problem.ts. */
import type { TFunction } from 'i18next';
import { dayInWords } from './expiry-field.tsx';
import { nameFault, nameLengthMax, tidyName } from './token-name.ts';
import type { Expiry } from './use-expiry.ts';

type Texts = TFunction<'tokens'>;

export function nameFaultText(t: Texts, name: string): string | null {
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

export function dateFaultText(t: Texts, { typed, preview }: Expiry): string | null {
  if (typed.kind === 'unreadable') return t('create.fault.date_unreadable');
  if (typed.kind === 'ambiguous') {
    const [first, second] = typed.readings;
    return t('create.fault.date_ambiguous', { first: dayInWords(first), second: dayInWords(second) });
  }
  return preview?.kind === 'past' ? t('create.fault.date_past') : null;
}
