/**
 * Finds the passages and sections that a question is about, and says how much of the question they cover. The ranking of passages is
 * MiniSearch's (BM25+); sections are ranked by what their passages cover together. Pure.
 */
import MiniSearch from 'minisearch';
import type { Language, Passage, Section } from './passages.ts';
import { type Concept, conceptsOf, indexTerms } from './terms.ts';

export type Found = {
  readonly section: Section;
  readonly score: number;
  /** The share of the question that the section's words cover, by how much each word says; 0 to 1. */
  readonly coverage: number;
  /** Its passages that say something of it, the best first. */
  readonly passages: readonly FoundPassage[];
};

export type FoundPassage = { readonly passage: Passage; readonly score: number; readonly coverage: number };

export type SearchResult = { readonly concepts: readonly Concept[]; readonly found: readonly Found[] };

export type PassageSearch = (
  question: string,
  language: Language,
  preferredPage: string | null,
) => SearchResult;

type Document = {
  readonly id: number;
  readonly title: string;
  readonly heading: string;
  readonly text: string;
};

const BOOST = { title: 1.6, heading: 2.4, text: 1 };
/** How much more the page that was asked counts. */
const PREFERRED = 1.35;
/** Words from this length on may be mistyped, in characters. */
const FUZZY_LENGTH_MIN = 5;
const PASSAGES_MAX = 200;
const SECTIONS_MAX = 12;

export function createPassageSearch(sections: readonly Section[]): PassageSearch {
  const passages = sections.flatMap((section) => section.passages);
  const byId = new Map(passages.map((passage) => [passage.id, passage]));
  const index = new MiniSearch<Document>({
    fields: ['title', 'heading', 'text'],
    // The text comes as terms, parted by blanks, so that both languages are read by their own rules.
    tokenize: (text) => text.split(' '),
    processTerm: (term) => term || null,
  });
  const termsOf = (text: string, language: Language) => indexTerms(text, language).join(' ');
  index.addAll(
    passages.map(({ id, section, text }) => ({
      id,
      title: termsOf(section.title, section.language),
      heading: termsOf(section.headings.join(' '), section.language),
      text: termsOf(text, section.language),
    })),
  );
  const rarityOf = createRarity(passages);

  return (question, language, preferredPage) => {
    const concepts = conceptsOf(question, language);
    if (concepts.length === 0) return { concepts, found: [] };
    const rarities = concepts.map(({ terms }) => Math.max(...terms.map(({ text }) => rarityOf(text))));
    const known = concepts.map(({ terms }) => terms.some(({ text }) => rarityOf(text) < rarityOf.unknown));
    const perPassage = new Map<number, { score: number; covered: number[] }>();
    for (const [at, concept] of concepts.entries()) {
      for (const [id, { score, weight }] of matchesOf(index, concept, known[at] === true)) {
        const entry = perPassage.get(id) ?? { score: 0, covered: concepts.map(() => 0) };
        entry.score += score;
        entry.covered[at] = Math.max(entry.covered[at] ?? 0, weight);
        perPassage.set(id, entry);
      }
    }
    const weights = rarities.map((rarity, at) => (known[at] ? Math.min(rarity, 4) : 4));
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    const shareOf = (covered: readonly number[]) =>
      covered.reduce((sum, part, at) => sum + part * (weights[at] ?? 0), 0) / whole;
    const scored = [...perPassage]
      .map(([id, { score, covered }]) => {
        const passage = byId.get(id) as Passage;
        const coverage = shareOf(covered);
        const preferred = passage.section.page === preferredPage ? PREFERRED : 1;
        const own = passage.section.language === language ? 1 : 0.8;
        return { passage, covered, coverage, score: score * (0.35 + coverage) * preferred * own };
      })
      .sort((one, other) => other.score - one.score)
      .slice(0, PASSAGES_MAX);
    const perSection = Map.groupBy(scored, ({ passage }) => passage.section);
    const found = [...perSection].map(([section, inside]) => {
      const covered = concepts.map((_, at) => Math.max(...inside.map((each) => each.covered[at] ?? 0)));
      const coverage = shareOf(covered);
      const [best, ...others] = inside;
      const more = others.slice(0, 3).reduce((sum, { score }) => sum + score, 0);
      return {
        section,
        coverage,
        score: ((best?.score ?? 0) + 0.12 * more) * (0.5 + coverage),
        passages: inside,
      };
    });
    return { concepts, found: found.sort((one, other) => other.score - one.score).slice(0, SECTIONS_MAX) };
  };
}

/** Each passage that has the concept in any form, with MiniSearch's score and how near the form is. */
function matchesOf(index: MiniSearch<Document>, { terms }: Concept, known: boolean) {
  const matches = new Map<number, { score: number; weight: number }>();
  for (const { text, weight } of terms) {
    const results = index.search(text, {
      boost: BOOST,
      // A word that the pages have is not mistyped.
      fuzzy: !known && text.length >= FUZZY_LENGTH_MIN ? 0.25 : false,
      prefix: false,
    });
    for (const { id, score, terms: matched } of results) {
      const near = matched.includes(text) ? 1 : 0.75;
      const entry = matches.get(id) ?? { score: 0, weight: 0 };
      // Forms of one concept do not add up: a passage that has all synonyms is about one thing still.
      entry.score = Math.max(entry.score, score * weight * near);
      entry.weight = Math.max(entry.weight, weight * near);
      matches.set(id, entry);
    }
  }
  return matches;
}

type Rarity = ((term: string) => number) & { readonly unknown: number };

/** How much a term says: the logarithm of how few passages have it. */
function createRarity(passages: readonly Passage[]): Rarity {
  const counts = new Map<string, number>();
  for (const { text, section } of passages) {
    const all = [text, section.title, ...section.headings].join(' ');
    for (const term of new Set(indexTerms(all, section.language)))
      counts.set(term, (counts.get(term) ?? 0) + 1);
  }
  const of = (count: number) => Math.log(1 + passages.length / (count + 0.5));
  return Object.assign((term: string) => of(counts.get(term) ?? 0), { unknown: of(0) });
}
