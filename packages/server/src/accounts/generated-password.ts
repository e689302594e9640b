/**
 * Makes a password for the operator to hand over: meets every rule, over 100 bits, no characters that look
 * alike.
 */
import { randomInt } from 'node:crypto';

const KINDS = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnpqrstuvwxyz', '23456789', '-_.+=!'] as const;
const LENGTH = 20;

export function generatePassword(): string {
  const pick = (characters: string) => characters.charAt(randomInt(characters.length));
  const all = KINDS.join('');
  const picked = [...KINDS.map(pick), ...Array.from({ length: LENGTH - KINDS.length }, () => pick(all))];
  for (let last = picked.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [picked[last], picked[other]] = [picked[other] ?? '', picked[last] ?? ''];
  }
  return picked.join('');
}
