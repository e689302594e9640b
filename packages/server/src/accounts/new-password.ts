/** Reads a password that somebody wants to have. Every path that sets one reads it with this; hashes nothing. */
import { Refusal } from '../core/refusal.ts';
import { isCommonPassword } from './common-passwords.ts';
import { passwordComplaint } from './password-rules.ts';
import type { Parsed } from './profile-rules.ts';

const COMMON =
  'This password is easy to guess: it is a common one, or your own name, with a few characters added. Put words together that have nothing to do with each other, or let a password manager make one.';

/** By the rules alone, which need nothing but the text. */
export function parseNewPassword(input: unknown): Parsed {
  if (typeof input !== 'string' || input === '') return { ok: false, complaint: 'Enter a password.' };
  const complaint = passwordComplaint(input);
  return complaint === null ? { ok: true, value: input } : { ok: false, complaint };
}

/**
 * What is wrong with a password that meets the rules, or null.
 *
 * @param known see isCommonPassword
 */
export async function commonPasswordComplaint(
  password: string,
  known: readonly string[],
): Promise<string | null> {
  return (await isCommonPassword(password, known)) ? COMMON : null;
}

/**
 * @param field of the form that the password was typed into
 * @param known see isCommonPassword
 * @throws Refusal that names the field
 */
export async function readNewPassword(
  field: string,
  input: unknown,
  known: readonly string[],
): Promise<string> {
  const read = parseNewPassword(input);
  if (!read.ok) throw Refusal.ofFields([{ field, code: 'PASSWORD_RULES', message: read.complaint }]);
  const message = await commonPasswordComplaint(read.value, known);
  if (message) throw Refusal.ofFields([{ field, code: 'PASSWORD_COMMON', message }]);
  return read.value;
}
