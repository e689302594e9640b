/**
 * Where every text that a user reads comes from: sets up i18next with the catalogues, whose keys the compiler
 * knows. The language follows the browser's wishes; a language without a catalogue is shown in English.
 * Formats no dates and numbers: see format.ts.
 */
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { account } from './en/account.ts';
import { failures } from './en/failures.ts';
import { profile } from './en/profile.ts';
import { shell } from './en/shell.ts';
import { tokens } from './en/tokens.ts';

const english = { shell, failures, account, profile, tokens };

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'shell';
    resources: typeof english;
  }
}

/** A catalogue for each language, in a module of its own where it is not the default. */
const languages = { en: english };
const defaultLanguage = 'en';

/** The first of the browser's languages that there is a catalogue for. A browser may name none, or what is no language. */
export function languageFor(wishes: unknown): string {
  const offered = Object.keys(languages);
  const bases = (Array.isArray(wishes) ? wishes : []).map((wish) => String(wish).toLowerCase().split('-')[0]);
  return bases.find((base) => base !== undefined && offered.includes(base)) ?? defaultLanguage;
}

/** Once, before the first render. Everything is in the bundle, so it is ready when this returns. */
export function startCatalogue(wishes: unknown): void {
  void i18next.use(initReactI18next).init({
    lng: languageFor(wishes),
    fallbackLng: defaultLanguage,
    defaultNS: 'shell',
    ns: Object.keys(english),
    resources: languages,
    // React escapes what it renders.
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
    initAsync: false,
  });
}
