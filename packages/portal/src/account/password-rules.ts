/**
 * What a password must be, checked as it is typed. The server decides by the same rules; this spares a round trip
 * and names what is missing. Pure.
 */

export type PasswordRule = 'length-min' | 'length-max' | 'upper' | 'lower' | 'digit' | 'symbol';

/** In characters (Unicode code points). */
const lengthMin = 14;
const lengthMax = 128;

const rules: readonly (readonly [PasswordRule, (password: string) => boolean])[] = [
  ['length-min', (password) => [...password].length >= lengthMin],
  ['length-max', (password) => [...password].length <= lengthMax],
  ['upper', (password) => /\p{Lu}/u.test(password)],
  ['lower', (password) => /\p{Ll}/u.test(password)],
  ['digit', (password) => /\p{Nd}/u.test(password)],
  ['symbol', (password) => /[^\p{L}\p{M}\p{N}\s\p{C}]/u.test(password)],
];

/** The rules that a password breaks, in the order in which they are shown; none when it is good. */
export function unmetRules(password: string): PasswordRule[] {
  return rules.filter(([, met]) => !met(password)).map(([rule]) => rule);
}

/** The rules worth showing: the upper bound only to whoever has come past it. */
export function shownRules(password: string): PasswordRule[] {
  return rules.filter(([rule, met]) => rule !== 'length-max' || !met(password)).map(([rule]) => rule);
}
