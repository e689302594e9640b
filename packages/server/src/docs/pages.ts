/**
 * The pages of docs, read once at start: each as Markdown for programs and as HTML for people. Addresses in samples become the reader's
 * own portal's and verifier's, so that a line works when pasted. Answers no request.
 */
import { readFileSync } from 'node:fs';
import type { Language } from './ask/passages.ts';
import { PAGE_NAMES, type PageName, pathOf } from './contents.ts';
import { firstSentence, renderMarkdown, withAbsoluteLinks } from './markdown.ts';

const FOLDER = new URL('../../../../docs/', import.meta.url);

/** The addresses that the pages are written with. */
const WRITTEN = { public: 'http://localhost:8080', verification: 'http://127.0.0.1:8081' } as const;

export type DocPage = {
  readonly name: PageName;
  /** Of the page as HTML, below the public URL. */
  readonly path: string;
  /** The text of the first heading. */
  readonly title: string;
  /** The first sentence of the page. */
  readonly summary: string;
  readonly language: Language;
  readonly html: string;
  /** Ids that `#…` can lead to. */
  readonly anchors: readonly string[];
  /** The page's own text. Its links are absolute paths, to pages as Markdown. */
  readonly markdown: string;
};

/** Where the reader finds the two listeners. `verification` null: at an address that only the operator's network knows. */
export type DocAddresses = { readonly publicUrl: string; readonly verificationUrl: string | null };

/** @throws Error if a page of the contents has no file */
export function loadPages({ publicUrl, verificationUrl }: DocAddresses): ReadonlyMap<PageName, DocPage> {
  return new Map(
    PAGE_NAMES.map((name) => {
      const text = readFileSync(new URL(`${name}.md`, FOLDER), 'utf8')
        .replaceAll(WRITTEN.public, publicUrl)
        .replaceAll(WRITTEN.verification, verificationUrl ?? WRITTEN.verification)
        .replace(/^<!--[\s\S]*?-->\n+/, '');
      const { title, html, anchors } = renderMarkdown(text, name);
      const page: DocPage = {
        name,
        path: pathOf(name),
        title,
        summary: firstSentence(text),
        language: name.startsWith('id/') ? 'id' : 'en',
        html,
        anchors,
        markdown: withAbsoluteLinks(text, name),
      };
      return [name, page];
    }),
  );
}

/** Where a page is as Markdown. */
export const markdownPathOf = (name: PageName): string => `${pathOf(name)}.md`;
