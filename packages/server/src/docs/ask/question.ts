/** What is asked: whether it is a question at all, and of which kind. Pure. */
import type { Language } from './passages.ts';

export const QUESTION_LENGTH_MAX = 400;

export type QuestionKind =
  | 'how_to'
  | 'definition'
  | 'default'
  | 'consequence'
  | 'permission'
  | 'reason'
  | 'other';

export type QuestionFault = 'empty' | 'placeholder' | 'too_long';

/** As it is asked: one line, trimmed, without what no question holds. */
export const tidied = (question: string): string =>
  question
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();

/** null: it can be answered. The length is judged first, in characters as they came. */
export function faultOf(question: string): QuestionFault | null {
  if (question.length > 2 * QUESTION_LENGTH_MAX || [...question].length > QUESTION_LENGTH_MAX)
    return 'too_long';
  const text = tidied(question);
  if (!/[\p{L}\p{N}]/u.test(text)) return 'empty';
  if (
    /^<[^<>]*>$|^[[{(]\s*(your |the )?(question|query|pertanyaan)s?\s*[\])}]$|^(your |the |a )?(question|query|pertanyaan)( here)?\.{0,3}$|^\.{3}$|^%[0-9a-f]{2}|^(undefined|null|foo|bar|test)$/i.test(
      text,
    )
  ) {
    return 'placeholder';
  }
  return null;
}

const PATTERNS: Readonly<Record<Language, readonly (readonly [RegExp, QuestionKind])[]>> = {
  en: [
    [/\bdefaults?\b/i, 'default'],
    [/^(why|how come)\b|\breason\b/i, 'reason'],
    [/\bwhat (happens|will happen|would happen|happened)\b|\bwhat if\b/i, 'consequence'],
    [
      /^(can|could|may|is it (possible|allowed|safe)|am i|are (we|you) allowed|does|do|is|are|will|must|should)\b/i,
      'permission',
    ],
    [/\bhow (do|to|can|should|would|could|does one)\b|^(steps|way) (to|for)\b/i, 'how_to'],
    [/\b(what|which) (is|are|does|do)\b|\bmean(s|ing)?\b|\bdefin/i, 'definition'],
  ],
  id: [
    [/\b(bawaan|default)\b/i, 'default'],
    [/\b(mengapa|kenapa)\b/i, 'reason'],
    [/\bapa yang (terjadi|akan terjadi)\b|\bbagaimana (jika|kalau|bila)\b/i, 'consequence'],
    [/\b(bagaimana|gimana|cara|langkah)\b/i, 'how_to'],
    [/\b(bisakah|dapatkah|bolehkah|apakah|bisa|boleh)\b/i, 'permission'],
    [/\b(apa (itu|arti|maksud)|artinya|maksudnya|apa)\b/i, 'definition'],
  ],
};

export function kindOf(question: string, language: Language): QuestionKind {
  return PATTERNS[language].find(([pattern]) => pattern.test(question))?.[1] ?? 'other';
}
