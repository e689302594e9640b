/** Which pages somebody may have meant who asked for one that is not there. Pure. */
import { distance } from 'fastest-levenshtein';
import type { DocPage } from './pages.ts';

const NEAREST_MAX = 5;

/** By the words that the address shares with a page's address and title, mistyped ones too; the best first. */
export function nearestPages(path: string, pages: Iterable<DocPage>): DocPage[] {
  const asked = wordsOf(path.replace(/^\/docs\/?/, ''));
  const scored = [...pages].map((page) => {
    const known = [...wordsOf(page.path.replace(/^\/docs\/?/, '')), ...wordsOf(page.title)];
    const score = asked.reduce(
      (sum, word) => sum + Math.max(0, ...known.map((other) => likeness(word, other))),
      0,
    );
    return { page, score };
  });
  return scored
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score)
    .slice(0, NEAREST_MAX)
    .map(({ page }) => page);
}

/** Addresses are 200 characters at most, so that no request makes much work. */
const wordsOf = (text: string): string[] =>
  text
    .slice(0, 200)
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 2 && word !== 'html' && word !== 'docs');

/** 1: the same; 0: too far apart. */
function likeness(one: string, other: string): number {
  const share = 1 - distance(one, other) / Math.max(one.length, other.length);
  return share >= 0.7 ? share : 0;
}
