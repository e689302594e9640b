/**
 * The rule for a token's name, applied as the holder leaves the field. The server decides by the same rule;
 * whether the name is taken only the server knows.
 */

export const nameLengthMax = 100;

export type NameFault = 'required' | 'too_long' | 'unprintable';

/** The name as it will be stored: in NFC, without blanks around it. */
export function tidyName(typed: string): string {
  return typed.normalize('NFC').trim();
}

/** Control characters, line and paragraph separators, lone surrogates, overrides of the writing direction. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

/** Says what is wrong with a name, or null. Length counts Unicode code points. */
export function nameFault(typed: string): NameFault | null {
  const name = tidyName(typed);
  // Zero-width and filler characters leave nothing to see.
  if (name.replace(/\p{Default_Ignorable_Code_Point}/gu, '').trim() === '') return 'required';
  if (unprintable.test(name)) return 'unprintable';
  return [...name].length > nameLengthMax ? 'too_long' : null;
}
