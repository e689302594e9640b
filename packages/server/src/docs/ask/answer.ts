/**
 * Takes the answer to a question out of the pages: the words of the page that answer it, excerpts, their addresses, and what may be
 * asked next. Nothing is written that no page says. Pure.
 */
import type { Found, FoundPassage, PassageSearch, SearchResult } from './passage-search.ts';
import type { Language, Passage, Section } from './passages.ts';
import { kindOf, type QuestionKind, tidied } from './question.ts';
import { type Concept, conceptsOf, languageOf } from './terms.ts';

export type Source = {
  readonly title: string;
  readonly heading: string | null;
  readonly page: string;
  readonly anchor: string | null;
};

export type Excerpt = Source & { readonly text: string };

export type Answer = {
  readonly question: string;
  readonly answered: boolean;
  /** Markdown. */
  readonly answer: string;
  readonly excerpts: readonly Excerpt[];
  readonly sources: readonly Source[];
  /** Other questions that these pages answer. */
  readonly followUps: readonly string[];
};

/** What must be covered of a question before the pages are said to answer it, and by a single section. */
const COVERAGE_MIN = 0.6;
/** So much of the answer's own words at most, in characters. */
const ANSWER_MAX = 1100;
const EXCERPT_MAX = 420;
const EXCERPTS_MAX = 4;
const SENTENCES_MAX = 5;
const FOLLOW_UPS_MAX = 3;

export function createAnswering(search: PassageSearch, sections: readonly Section[]) {
  return function answer(asked: string, preferredPage: string | null): Answer {
    const question = tidied(asked);
    const language = languageOf(question);
    const result = search(question, language, preferredPage);
    const [best] = result.found;
    const kind = kindOf(question, language);
    if (!best || best.coverage < COVERAGE_MIN) return unanswered(question, language, result);
    const direct = directAnswer(best, kind, result.concepts, language);
    const excerpts = excerptsOf(result, direct.passages);
    return {
      question,
      answered: true,
      answer: direct.text,
      excerpts,
      sources: distinct([sourceOf(best.section), ...excerpts.map(({ text: _, ...source }) => source)]),
      followUps: followUpsOf(sections, best.section, question),
    };
  };
}

const NOT_SAID: Readonly<Record<Language, string>> = {
  en: 'These pages do not say. The nearest ones are below.',
  id: 'Halaman-halaman ini tidak menjawabnya. Yang terdekat ada di bawah.',
};

function unanswered(question: string, language: Language, { found }: SearchResult): Answer {
  const nearest = distinct(found.slice(0, 3).map(({ section }) => sourceOf(section)));
  return {
    question,
    answered: false,
    answer: NOT_SAID[language],
    excerpts: [],
    sources: nearest,
    followUps: [],
  };
}

type Direct = { readonly text: string; readonly passages: readonly Passage[] };

function directAnswer(
  best: Found,
  kind: QuestionKind,
  concepts: readonly Concept[],
  language: Language,
): Direct {
  const { section } = best;
  const [top] = best.passages;
  if (!top) return { text: '', passages: [] };
  const steps = section.passages.find((passage) => passage.kind === 'steps');
  if (kind === 'how_to' && steps && (top.passage.kind !== 'row' || top.coverage < 0.75)) {
    return { text: cut(steps.markdown, ANSWER_MAX), passages: [steps] };
  }
  if (top.passage.kind === 'row') return rowAnswer(top);
  const chosen = top.passage.kind === 'code' ? (before(section, top.passage) ?? top.passage) : top.passage;
  if (chosen.kind === 'steps') return { text: cut(chosen.markdown, ANSWER_MAX), passages: [chosen] };
  const code = kind === 'how_to' || kind === 'other' ? codeAfter(section, chosen) : null;
  const words = bestSentences(chosen, concepts, language);
  // An answer of a few words says more with the sentence that follows it on the page.
  const next = words.length < 160 && !code ? proseAfter(section, chosen) : null;
  const text = [words, next?.markdown, code?.markdown].filter((part) => part !== undefined).join('\n\n');
  return {
    text: cut(text, ANSWER_MAX),
    passages: [chosen, ...(next ? [next] : []), ...(code ? [code] : [])],
  };
}

/** A row reads as a sentence for each of its columns. */
function rowAnswer({ passage }: FoundPassage): Direct {
  const [first, ...others] = passage.cells;
  const rest = others.filter(({ text }) => text !== '').map(({ column, text }) => `${column}: ${text}`);
  const stops = rest.map((part) => (/[.!?]$/.test(part) ? part : `${part}.`));
  return {
    text: cut(`**${first?.text ?? ''}** (${first?.column ?? ''}). ${stops.join(' ')}`, ANSWER_MAX),
    passages: [passage],
  };
}

function before(section: Section, passage: Passage): Passage | null {
  const at = section.passages.indexOf(passage);
  return section.passages.slice(0, at).findLast(({ kind }) => kind === 'paragraph') ?? null;
}

function codeAfter(section: Section, passage: Passage): Passage | null {
  const next = section.passages[section.passages.indexOf(passage) + 1];
  return next?.kind === 'code' ? next : null;
}

function proseAfter(section: Section, passage: Passage): Passage | null {
  const next = section.passages[section.passages.indexOf(passage) + 1];
  return next?.kind === 'paragraph' || next?.kind === 'item' ? next : null;
}

/** The whole passage if it is short enough, else the sentences that have most of the question, in their order. */
function bestSentences(
  { markdown, kind }: Passage,
  concepts: readonly Concept[],
  language: Language,
): string {
  const text =
    kind === 'item'
      ? markdown.replace(/^[-*]\s+/, '').replace(/\n\s+/g, ' ')
      : markdown.replace(/\s*\n\s*/g, ' ');
  const sentences = sentencesOf(text);
  if (sentences.length <= SENTENCES_MAX) return text;
  const wanted = new Set(concepts.flatMap(({ terms }) => terms.map((term) => term.text)));
  const scored = sentences.map((sentence, at) => {
    const words = conceptsOf(sentence, language).map(({ terms }) => terms[0]?.text ?? '');
    return { at, score: words.filter((word) => wanted.has(word)).length + (at === 0 ? 0.5 : 0) };
  });
  const best = [...scored].sort((one, other) => other.score - one.score)[0]?.at ?? 0;
  const from = Math.max(0, Math.min(best - 1, sentences.length - SENTENCES_MAX));
  return sentences.slice(from, from + SENTENCES_MAX).join(' ');
}

/** At full stops that end a sentence: not those of `1.2`, `e.g.`, or code. */
const sentencesOf = (text: string): string[] =>
  text.split(/(?<=[^.\s][.!?][)*_`”"]?)\s+(?=[\p{Lu}`*[“"])/u).filter((sentence) => sentence !== '');

function excerptsOf({ found }: SearchResult, answered: readonly Passage[]): Excerpt[] {
  const excerpts: Excerpt[] = [];
  const taken = new Set<Passage>();
  const take = (passage: Passage) => {
    if (taken.has(passage) || excerpts.length >= EXCERPTS_MAX) return;
    taken.add(passage);
    excerpts.push({ ...sourceOf(passage.section), text: cut(passage.markdown, EXCERPT_MAX) });
  };
  for (const passage of answered) if (passage.kind !== 'code') take(passage);
  for (const { passages } of found.slice(0, 3)) {
    const [best] = passages;
    if (best) take(best.passage);
  }
  return excerpts;
}

/** What stands under other headings of the same page, and at the start of it, as it could be asked for. */
function followUpsOf(sections: readonly Section[], answered: Section, question: string): string[] {
  const beside = sections.filter(
    ({ page, headings, passages }) => page === answered.page && headings.length > 0 && passages.length > 0,
  );
  const at = beside.indexOf(answered);
  return [...beside.slice(at + 1), ...beside.slice(0, Math.max(at, 0))]
    .map(({ title, headings }) => `${title}: ${headings.at(-1)}`)
    .filter((text) => text !== question)
    .slice(0, FOLLOW_UPS_MAX);
}

const sourceOf = ({ title, headings, page, anchor }: Section): Source => ({
  title,
  heading: headings.at(-1) ?? null,
  page,
  anchor,
});

function distinct(sources: readonly Source[]): Source[] {
  return [...new Map(sources.map((source) => [`${source.page}#${source.anchor}`, source])).values()];
}

/** At the end of a line or a word, with code fences closed. */
function cut(markdown: string, lengthMax: number): string {
  if (markdown.length <= lengthMax) return markdown;
  const part = markdown.slice(0, lengthMax - 6);
  const short = part
    .slice(0, Math.max(part.lastIndexOf('\n'), part.lastIndexOf(' '), lengthMax / 2))
    .trimEnd();
  const open = (short.match(/^```/gm)?.length ?? 0) % 2 === 1;
  return open ? `${short}\n…\n\`\`\`` : `${short} …`;
}
