/**
 * What a user's name, e-mail address and phone number may be: pure parsers from what somebody typed. Each
 * gives the value as it is kept, or a sentence saying what is wrong.
 */
import { normalizedText } from '../core/text/normalized-text.ts';
import { mailAddressOf } from './mail-address.ts';

export type Parsed =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly complaint: string };

/** Longest name in characters (Unicode code points). */
export const NAME_LENGTH_MAX = 100;
/** Longest text, in UTF-16 code units, that is read as a name: 100 characters in any form, and blanks around them. */
const NAME_UNITS_MAX = 1000;

const refused = (complaint: string): Parsed => ({ ok: false, complaint });

/** Control and format characters could turn a name into something else in a log, a mail or the page. */
export function parseName(input: unknown): Parsed {
  if (typeof input !== 'string') return refused('Enter your name.');
  const name = normalizedText(input, 'NFC', NAME_UNITS_MAX)?.trim();
  if (name === '') return refused('Enter your name.');
  if (name === undefined || [...name].length > NAME_LENGTH_MAX) {
    return refused(`A name has at most ${NAME_LENGTH_MAX} characters.`);
  }
  if (/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u.test(name)) {
    return refused('A name cannot have control characters.');
  }
  return { ok: true, value: name };
}

/** Lower-cased, with the domain in ASCII: two spellings of one address are the same account. */
export function parseEmail(input: unknown): Parsed {
  if (typeof input !== 'string' || input.trim() === '') return refused('Enter your e-mail address.');
  const email = mailAddressOf(input);
  return email === null
    ? refused('Enter a whole e-mail address, like ayu@example.com.')
    : { ok: true, value: email };
}

export const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1);

/** Longest text, in UTF-16 code units, that is read as a phone number. */
const PHONE_UNITS_MAX = 100;

/**
 * E.164, with its country code: a plus, or 00 for it, and 7 to 15 digits. Blanks, dots, dashes, slashes, brackets and invisible
 * characters between them go, and so does the (0) that is dialled inside the country only.
 */
export function parsePhoneNumber(input: unknown): Parsed {
  if (typeof input !== 'string' || input.trim() === '') return refused('Enter your phone number.');
  const number =
    input.length <= PHONE_UNITS_MAX &&
    input
      .replace(/(?<=\d[\s\p{Cf}]*)\(0\)/u, '')
      .replace(/[\s\p{Cf}().\-\u2010-\u2015/]/gu, '')
      .replace(/^00/, '+');
  return number && /^\+[1-9][0-9]{6,14}$/.test(number)
    ? { ok: true, value: number }
    : refused('Enter a phone number with its country code, like +62 812 3456 7890.');
}
