/** The embedded engine: from a question to an answer, from our own pages alone. Needs no network, no model and no download. */
import { type DocAddresses, loadPages } from '../pages.ts';
import { type Answer, createAnswering } from './answer.ts';
import { createPassageSearch } from './passage-search.ts';
import { sectionsOf } from './passages.ts';

/** Reads and indexes the pages: some tens of milliseconds. The function that it gives takes a name of the contents, or null for all. */
export function createEngine(addresses: DocAddresses): (question: string, page: string | null) => Answer {
  const pages = loadPages(addresses);
  const sections = sectionsOf([...pages.values()]);
  return createAnswering(createPassageSearch(sections), sections);
}
