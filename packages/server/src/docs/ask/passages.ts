/**
 * The pages in pieces that can answer: paragraphs, numbered steps, items, rows of tables and blocks of code, each under its
 * heading. Pure; text only, nothing is ranked here.
 */
import { Marked, type Token, type Tokens } from 'marked';
import { anchorsOfPage, plainText } from '../markdown.ts';

export type PassageKind = 'paragraph' | 'steps' | 'item' | 'row' | 'code';

export type Passage = {
  readonly id: number;
  readonly section: Section;
  readonly kind: PassageKind;
  /** What is searched: plain words, without Markdown. */
  readonly text: string;
  /** The same as the page has it; a row comes with its table's head. */
  readonly markdown: string;
  /** Of a row: what each column says of it, by the column's name. */
  readonly cells: readonly { readonly column: string; readonly text: string }[];
};

export type Section = {
  /** Name of the page, as the contents have it. */
  readonly page: string;
  readonly title: string;
  /** The headings above, the section's own last; empty at the top of a page. */
  readonly headings: readonly string[];
  /** null at the top of a page. */
  readonly anchor: string | null;
  readonly language: Language;
  readonly passages: Passage[];
};

export type Language = 'en' | 'id';

export type PageText = { readonly name: string; readonly language: Language; readonly markdown: string };

export function sectionsOf(pages: Iterable<PageText>): Section[] {
  const sections: Section[] = [];
  let id = 0;
  for (const { name, language, markdown } of pages) {
    const anchorOf = anchorsOfPage();
    let title = '';
    let headings: readonly { depth: number; text: string }[] = [];
    let section: Section | null = null;
    for (const token of new Marked().lexer(markdown)) {
      if (token.type === 'heading') {
        const text = plainText((token as Tokens.Heading).tokens);
        const { depth } = token as Tokens.Heading;
        const anchor = anchorOf(text);
        title ||= text;
        headings = depth === 1 ? [] : [...headings.filter((above) => above.depth < depth), { depth, text }];
        section = {
          page: name,
          title,
          headings: headings.map((heading) => heading.text),
          anchor: headings.length === 0 ? null : anchor,
          language,
          passages: [],
        };
        sections.push(section);
        continue;
      }
      if (!section) continue;
      for (const piece of piecesOf(token)) section.passages.push({ ...piece, id: id++, section });
    }
  }
  return sections;
}

type Piece = Omit<Passage, 'id' | 'section'>;

function piecesOf(token: Token): Piece[] {
  switch (token.type) {
    case 'paragraph':
    case 'blockquote':
      return [piece('paragraph', wordsOf(token), token.raw)];
    case 'list': {
      const list = token as Tokens.List;
      if (list.ordered) return [piece('steps', wordsOf(list), list.raw)];
      return list.items.map((item) => piece('item', wordsOf(item), item.raw));
    }
    case 'code':
      return [piece('code', (token as Tokens.Code).text, token.raw)];
    case 'table':
      return rowsOf(token as Tokens.Table);
    default:
      return [];
  }
}

const piece = (kind: PassageKind, text: string, raw: string): Piece => ({
  kind,
  text: text.replace(/\s+/g, ' ').trim(),
  markdown: raw.trim(),
  cells: [],
});

function rowsOf(table: Tokens.Table): Piece[] {
  const head = `| ${table.header.map(({ text }) => text).join(' | ')} |\n|${table.header.map(() => '---|').join('')}`;
  const columns = table.header.map(({ tokens }) => plainText(tokens));
  return table.rows.map((row) => ({
    kind: 'row',
    text: row.map(({ tokens }) => plainText(tokens)).join(' '),
    markdown: `${head}\n| ${row.map(({ text }) => text).join(' | ')} |`,
    cells: row.map(({ text }, at) => ({ column: columns[at] ?? '', text })),
  }));
}

function wordsOf(token: Token): string {
  if ('items' in token && Array.isArray(token.items))
    return token.items.map((item) => wordsOf(item)).join(' ');
  if ('tokens' in token && token.tokens)
    return token.tokens.map(wordsOf).join(token.type === 'list_item' ? ' ' : '');
  return 'text' in token && typeof token.text === 'string' ? token.text : '';
}
