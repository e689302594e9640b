/**
 * Whether parsed JSON may go on to code that does not expect a hostile one: every text in it is one that both databases store as it is,
 * and it is not deep. Which members it has is not judged here.
 */

/** Deeper than anything that is asked for. */
const DEPTH_MAX = 8;

/** @returns false for a NUL, which PostgreSQL refuses, for half of a surrogate pair, which no database keeps, and for what is too deep */
export function isPlainJson(value: unknown, depthMax = DEPTH_MAX): boolean {
  if (typeof value === 'string') return isPlainText(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depthMax === 0) return false;
  return Object.entries(value).every(
    ([name, member]) => isPlainText(name) && isPlainJson(member, depthMax - 1),
  );
}

const isPlainText = (text: string) => !text.includes('\0') && text.isWellFormed();
