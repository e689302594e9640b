/** Texts and JSON that programs stumble over: sizes to the limit, strange Unicode, deep and wide nesting, numbers at the edges. */
import type { Chance } from './chance.ts';

/** What takes long to normalize, to compare, to show or to match. Repeated to the length that is wanted. */
const PIECES = [
  'a',
  'A\u0300',
  '\u0315\u0300\u05ae\u0301',
  '\ufdfa',
  '\u1f82',
  '\u0344\u0385',
  '🎫',
  '\ud800',
  '\udfff',
  '\u0000',
  '\u200b',
  '\u202e',
  '\u2028',
  '\ufeff',
  '\ufffe',
  'ﬀ',
  'İ',
  'ß',
  'ㄱ가각',
  '👩‍👩‍👧‍👦',
  '%',
  '_',
  '\\',
  '"',
  "'",
  '<script>',
  '$' + '{x}',
  '../',
  '\r\n',
  '\t ',
  '0',
  '9'.repeat(10),
  '-',
  '@',
  'a@',
  '.a',
  '+',
  '(',
  '1e',
  '[',
  '{"a":',
  ';',
  'cldkctl_',
  'Bearer ',
  '2099-12-31',
  '2099-12-31T23:59:59Z',
  'Asia/Jakarta',
];

const WHOLE = [
  '',
  ' ',
  'null',
  'undefined',
  'NaN',
  'true',
  '__proto__',
  'constructor',
  'toString',
  '2026-02-30',
  '9999-12-31T23:59:59.999999999Z',
  '0000-00-00',
  '+275760-09-13T00:00:00Z',
  'Etc/GMT+14',
  'Asia/Jakarta\u0000',
  "Robert'); DROP TABLE tokens;--",
  'cldkctl_0000000000000000000000000030gj4T',
  'eyJhbGciOiJub25lIn0.e30.',
  'tok_0000000000000000000000',
  'client_0000000000000000000000',
  'ayu@example.com',
  'ayu@xn--80ak6aa92e.com',
  `${'a'.repeat(64)}@${'b'.repeat(63)}.com`,
  `${'a.'.repeat(120)}@example.com`,
  'A'.repeat(43),
  'Correct-Horse-7-Battery',
];

/** Lengths at which limits begin and end, in UTF-16 code units. */
const LENGTHS = [
  1, 2, 63, 64, 65, 99, 100, 101, 128, 129, 200, 201, 254, 255, 256, 257, 999, 1000, 1001, 3900,
];

export function strangeText(chance: Chance, unitsMax = 4000): string {
  if (chance.happens(0.3)) return chance.pick(WHOLE);
  const length = Math.min(chance.happens(0.7) ? chance.pick(LENGTHS) : chance.between(0, 300), unitsMax);
  const pieces = Array.from({ length: chance.between(1, 3) }, () => chance.pick(PIECES));
  let text = '';
  while (text.length < length) text += chance.pick(pieces);
  return text.slice(0, length);
}

const NUMBERS = [
  ...[0, -0, 1, -1, 0.5, 60_000, 60_001, 2 ** 31, 2 ** 53, -(2 ** 53), 1e21, 1e308, -1e308, 1e-320],
];

export function strangeValue(chance: Chance, depth = 0): unknown {
  const kind = chance.next();
  if (kind < 0.5) return strangeText(chance, 1500);
  if (kind < 0.65) return chance.pick(NUMBERS);
  if (kind < 0.75) return chance.pick([null, true, false]);
  if (depth > 3) return [];
  const count = chance.pick([0, 1, 2, 3, 50]);
  if (kind < 0.87) return Array.from({ length: count }, () => strangeValue(chance, depth + 2));
  return Object.fromEntries(
    Array.from({ length: count }, (_, at) => [
      chance.happens(0.3) ? strangeText(chance, 40) : `m${at}`,
      strangeValue(chance, depth + 2),
    ]),
  );
}

/** What the member of that name would like to be, so that some requests get past the first look. */
function plausible(chance: Chance, name: string): unknown {
  switch (name) {
    case 'email':
      return chance.pick(['ayu@example.com', 'nobody@example.com', 'AYU@EXAMPLE.COM ']);
    case 'password':
    case 'newPassword':
    case 'currentPassword':
      return chance.pick(['Correct-Horse-7-Battery', 'Wrong-Horse-8-Battery', `Aa1!${'é'.repeat(120)}`]);
    case 'phoneNumber':
      return '+62 812 3456 7890';
    case 'expires_on':
      return '2099-12-31';
    case 'expires_at':
      return '2099-12-31T23:59:59Z';
    case 'time_zone':
      return 'Asia/Jakarta';
    case 'limit':
      return chance.between(1, 100);
    case 'hold_ms':
      return chance.between(0, 20);
    case 'after':
      return chance.pick([null, { history: 'x', seq: 0 }, { history: 'x', seq: 2 ** 53 }]);
    case 'keys':
      return Array.from({ length: chance.pick([1, 100, 101]) }, () => 'A'.repeat(43));
    default:
      return strangeText(chance, 100);
  }
}

export function strangeMembers(chance: Chance, names: readonly string[]): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const name of names) {
    if (chance.happens(0.2)) continue;
    members[name] = chance.happens(0.6) ? plausible(chance, name) : strangeValue(chance);
  }
  if (chance.happens(0.15)) members[strangeText(chance, 60)] = strangeValue(chance);
  return members;
}
