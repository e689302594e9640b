/**
 * Whether a password that meets the rules is a common one all the same, or common ones with decoration:
 * "Password123456!", "P@ssw0rd-P@ssw0rd". The list comes with a package, so nothing is asked of anybody. The
 * work is bounded by the longest password and the longest entry. Judges no rules (password-rules.ts).
 */
import { normalizedText } from '../core/text/normalized-text.ts';
import { PASSWORD_LENGTH_MAX } from './password-rules.ts';

/**
 * What a guesser has to find out, in pieces. A character that nothing explains is one; a common password or
 * word costs what a few characters do, since there are tens of thousands of them.
 */
const COST = {
  character: 1,
  known: 1,
  repeated: 1,
  run: 2,
  sequence: 2,
  year: 2,
  common: 3,
  noSymbols: 2,
} as const;
/** A password that costs less is refused. */
const COST_MIN = 9;
const WORD_LENGTH_MIN = 4;
const KNOWN_LENGTH_MIN = 3;
/** However long the same character goes on, it is one run. */
const LONG_RUN = /(.)\1{3,}/gu;
const SEQUENCES = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1qaz2wsx3edc4rfv',
];

const DIGIT_OF: Readonly<Record<string, string>> = {
  '!': '1',
  '@': '2',
  '#': '3',
  $: '4',
  '%': '5',
  '^': '6',
  '&': '7',
  '*': '8',
  '(': '9',
  ')': '0',
};
const LETTER_OF: Readonly<Record<string, string>> = {
  '@': 'a',
  '4': 'a',
  '8': 'b',
  '(': 'c',
  '3': 'e',
  '6': 'g',
  '1': 'i',
  '!': 'i',
  '|': 'l',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
  '+': 't',
  '2': 'z',
};

type CommonPasswords = { readonly words: ReadonlySet<string>; readonly lengthMax: number };

let loading: Promise<CommonPasswords> | null = null;

/** Read when the first new password is judged: most processes never judge one. */
async function readList(): Promise<CommonPasswords> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  const words = new Set(dictionary['passwords-common'].map((word) => word.toLowerCase()));
  return { words, lengthMax: Math.max(...[...words].map((word) => word.length)) };
}

/**
 * @param password of at most PASSWORD_LENGTH_MAX characters
 * @param known what everybody knows of the account: its name and address, the portal's name
 */
export async function isCommonPassword(password: string, known: readonly string[] = []): Promise<boolean> {
  loading ??= readList();
  const { words, lengthMax } = await loading;
  const plain = (normalizedText(password, 'NFKC', 2 * PASSWORD_LENGTH_MAX) ?? '')
    .toLowerCase()
    .replace(LONG_RUN, '$1$1$1');
  const ownWords = new Set(known.flatMap(wordsOf));
  const costOf = (text: string) => guessingCost(text, words, ownWords, lengthMax);
  const spelled = (table: Readonly<Record<string, string>>) => [...plain].map((c) => table[c] ?? c).join('');
  const letters = plain.replace(/[^\p{L}\p{N}]/gu, '');
  const costs = [
    costOf(plain),
    costOf(spelled(LETTER_OF)),
    costOf(spelled(DIGIT_OF)),
    costOf(letters) + (letters === plain ? 0 : COST.noSymbols),
  ];
  return Math.min(...costs) < COST_MIN;
}

const wordsOf = (text: string): string[] =>
  text
    .slice(0, 2 * PASSWORD_LENGTH_MAX)
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length >= KNOWN_LENGTH_MIN);

/** The least that the pieces of `text` cost together, whichever way it is taken apart. */
function guessingCost(
  text: string,
  words: ReadonlySet<string>,
  known: ReadonlySet<string>,
  lengthMax: number,
): number {
  const costs: number[] = [0];
  for (let end = 1; end <= text.length; end += 1) {
    let least = (costs[end - 1] ?? 0) + COST.character;
    for (let start = Math.max(0, end - lengthMax); start <= end - KNOWN_LENGTH_MIN; start += 1) {
      const piece = text.slice(start, end);
      least = Math.min(least, (costs[start] ?? 0) + pieceCost(piece, text.slice(0, start), words, known));
    }
    costs.push(least);
  }
  return costs.at(-1) ?? 0;
}

function pieceCost(
  piece: string,
  before: string,
  words: ReadonlySet<string>,
  known: ReadonlySet<string>,
): number {
  if (known.has(piece)) return COST.known;
  if (before.includes(piece)) return COST.repeated;
  if (isRun(piece)) return COST.run;
  if (SEQUENCES.some((sequence) => sequence.includes(piece) || sequence.includes(reversed(piece)))) {
    return COST.sequence;
  }
  if (/^(?:19|20)\d\d$/.test(piece)) return COST.year;
  return piece.length >= WORD_LENGTH_MIN && words.has(piece) ? COST.common : Number.POSITIVE_INFINITY;
}

const isRun = (piece: string) => piece === (piece[0] ?? '').repeat(piece.length);
const reversed = (piece: string) => [...piece].reverse().join('');
