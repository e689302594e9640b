/**
 * What a password must be, as a pure function: no I/O, no hashing. The one place where the rules are written;
 * every path that sets a password (sign-up, change, reset, command line) asks it.
 */

/**
 * Shortest and longest password, in characters (Unicode code points). The upper bound keeps hashing cheap to
 * refuse.
 */
export const PASSWORD_LENGTH_MIN = 14;
export const PASSWORD_LENGTH_MAX = 128;

export type PasswordRule = 'length-min' | 'length-max' | 'upper' | 'lower' | 'digit' | 'symbol';

type RuleText = { readonly rule: PasswordRule; readonly needs: string; readonly met: (p: string) => boolean };

const RULES: readonly RuleText[] = [
  {
    rule: 'length-min',
    needs: `at least ${PASSWORD_LENGTH_MIN} characters`,
    met: (p) => [...p].length >= PASSWORD_LENGTH_MIN,
  },
  {
    rule: 'length-max',
    needs: `at most ${PASSWORD_LENGTH_MAX} characters`,
    met: (p) => [...p].length <= PASSWORD_LENGTH_MAX,
  },
  { rule: 'upper', needs: 'an upper-case letter', met: (p) => /\p{Lu}/u.test(p) },
  { rule: 'lower', needs: 'a lower-case letter', met: (p) => /\p{Ll}/u.test(p) },
  { rule: 'digit', needs: 'a digit', met: (p) => /\p{Nd}/u.test(p) },
  { rule: 'symbol', needs: 'a symbol', met: (p) => /[^\p{L}\p{M}\p{N}\s\p{C}]/u.test(p) },
];

/** The rules that `password` does not meet, in a fixed order; empty when it is acceptable. */
export function unmetPasswordRules(password: string): PasswordRule[] {
  return RULES.filter(({ met }) => !met(password)).map(({ rule }) => rule);
}

/** One plain sentence naming every unmet rule, or null when all are met. Does not repeat the password. */
export function passwordComplaint(password: string): string | null {
  const needs = RULES.filter(({ met }) => !met(password)).map((rule) => rule.needs);
  if (needs.length === 0) return null;
  const last = needs.pop();
  return `The password needs ${needs.length ? `${needs.join(', ')} and ${last}` : last}.`;
}
