/**
 * What a user's name, e-mail address and phone number may be: pure parsers from what somebody typed. Each
 * gives the value as it is kept, or a sentence saying what is wrong.
 */
import { normalizedText } from '../core/text/normalized-text.ts';

export type Parsed =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly complaint: string };

/** Longest name in characters (Unicode code points). */
export const NAME_LENGTH_MAX = 100;
/** Longest text, in UTF-16 code units, that is read as a name: 100 characters in any form, and blanks around them. */
const NAME_UNITS_MAX = 1000;
/** Longest address in characters (RFC 5321, 4.5.3.1.3: a path of 256 octets with its brackets). */
const EMAIL_LENGTH_MAX = 254;

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

// What better-auth's sign-in accepts: an address that could sign up but not sign in would be a trap.
const LOCAL_PART = /^[a-z0-9_'+-]+(?:\.[a-z0-9_'+-]+)*(?<!')$/;
const DOMAIN = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

/** Lower-cased: two addresses that differ in case are the same account. */
export function parseEmail(input: unknown): Parsed {
  if (typeof input !== 'string' || input.trim() === '') return refused('Enter your e-mail address.');
  const email = input.trim().toLowerCase();
  const at = email.lastIndexOf('@');
  const local = email.slice(0, at);
  const valid =
    email.length <= EMAIL_LENGTH_MAX &&
    at > 0 &&
    local.length <= 64 &&
    LOCAL_PART.test(local) &&
    DOMAIN.test(email.slice(at + 1));
  return valid ? { ok: true, value: email } : refused('Enter a whole e-mail address, like ayu@example.com.');
}

export const domainOf = (email: string): string => email.slice(email.lastIndexOf('@') + 1);

/**
 * E.164 with lenient typing: spaces, dots, dashes and brackets go; a leading 00 is a plus. Local numbers
 * (0812…) stay as typed.
 */
export function parsePhoneNumber(input: unknown): Parsed {
  if (typeof input !== 'string' || input.trim() === '') return refused('Enter your phone number.');
  const digits = input
    .trim()
    .replace(/[\s().\-\u2010-\u2015]/g, '')
    .replace(/^00/, '+');
  return /^\+?[0-9]{7,15}$/.test(digits)
    ? { ok: true, value: digits }
    : refused('Enter a phone number with its country code, like +62 812 3456 7890.');
}
