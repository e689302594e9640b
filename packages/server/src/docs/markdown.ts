/**
 * Markdown of our own pages to HTML: headings with anchors, links between pages, tables and code that scroll by keyboard. Pure.
 * HTML in the text is shown as text, never passed on, so that a page holds no markup but what is made here.
 */
import { posix } from 'node:path';
import GithubSlugger from 'github-slugger';
import { Marked, type Token, type Tokens } from 'marked';

export type RenderedPage = {
  /** The text of the first heading. */
  readonly title: string;
  readonly html: string;
  /** Ids that `#…` can lead to. */
  readonly anchors: readonly string[];
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);

/** Makes the anchors of one page, in the order of its headings: as GitHub does, so that a link works there and here. */
export function anchorsOfPage(): (heading: string) => string {
  const slugger = new GithubSlugger();
  return (heading) => slugger.slug(heading);
}

/**
 * `verify.md#nginx` is `/docs/verify#nginx`, and from a page in a folder `../verify.md` is `/docs/verify`; other links
 * stay. `from` is the name of the page that holds the link.
 */
export function hrefOf(link: string, from: string): string {
  const { path, anchor } = pageOf(link, from) ?? {};
  return path === undefined ? link : `${path}${anchor}`;
}

/** The address of the page that a link of another page leads to; null: it leads elsewhere. */
function pageOf(link: string, from: string): { path: string; anchor: string } | null {
  const page = /^((?:\.{1,2}\/)*[a-z][a-z0-9/-]*)\.md(#[\w-]+)?$/.exec(link);
  if (!page) return null;
  const [, path = '', anchor = ''] = page;
  const name = posix.join('/docs', posix.dirname(from), path);
  return { path: name.replace(/\/index$/, ''), anchor };
}

/** Pictures of pages lie in docs/images and are served below the documentation. */
function pictureOf(link: string, from: string): string {
  return /^[a-z]+:|^\//i.test(link) ? link : posix.join('/docs', posix.dirname(from), link);
}

/**
 * The same text with links that hold wherever it is read: to pages as Markdown, and to pictures. What stands in code is code.
 */
export function withAbsoluteLinks(text: string, from: string): string {
  // Code comes first in the alternatives where it stands by itself, and within a label it is part of the link.
  const linkOrCode = /^```[\s\S]*?^```$|(!?)(\[(?:`[^`]*`|[^\]`])*\])\(([^()\s]+)\)|`(?:[^`\n]|\n(?!\n))+`/gm;
  return text.replace(linkOrCode, absolute);

  function absolute(all: string, bang?: string, label?: string, link?: string): string {
    if (label === undefined || link === undefined) return all;
    if (bang) return `!${label}(${pictureOf(link, from)})`;
    const page = pageOf(link, from);
    return `${label}(${page ? `${page.path}.md${page.anchor}` : link})`;
  }
}

/** The first sentence of the first paragraph, as plain text. */
export function firstSentence(text: string): string {
  const tokens = new Marked().lexer(text);
  const paragraph = tokens.find((token) => token.type === 'paragraph') as Tokens.Paragraph | undefined;
  const words = plainText(paragraph?.tokens ?? []).replace(/\s+/g, ' ');
  return /^.*?[.?](?=\s|$)/.exec(words)?.[0] ?? words;
}

/** `name`: the page's, as links in it are relative to. */
export function renderMarkdown(text: string, name: string): RenderedPage {
  const anchors: string[] = [];
  const anchorOf = anchorsOfPage();
  let title = '';
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }: Tokens.Heading): string {
        const words = plainText(tokens);
        const id = anchorOf(words);
        title ||= words;
        anchors.push(id);
        return `<h${depth} id="${id}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }: Tokens.Link): string {
        return `<a href="${escapeHtml(hrefOf(href, name))}">${this.parser.parseInline(tokens)}</a>`;
      },
      image({ href, text: words }: Tokens.Image): string {
        const src = escapeHtml(pictureOf(href, name));
        const img = `<img src="${src}" alt="${escapeHtml(words)}" loading="lazy" width="1280" height="720">`;
        // Pictures are taken in both schemes; a page names the light one.
        const dark = src.replace(/-light\.png$/, '-dark.png');
        if (dark === src) return img;
        return `<picture><source media="(prefers-color-scheme: dark)" srcset="${dark}">${img}</picture>`;
      },
      code({ text: code }: Tokens.Code): string {
        return `<pre tabindex="0"><code>${escapeHtml(code)}\n</code></pre>\n`;
      },
      table(table: Tokens.Table): string {
        const cells = (row: Tokens.TableCell[], tag: string) =>
          row.map(({ tokens }) => `<${tag}>${this.parser.parseInline(tokens)}</${tag}>`).join('');
        const head = table.header.map(({ text: name }) => name).join(', ');
        const rows = table.rows.map((row) => `<tr>${cells(row, 'td')}</tr>\n`).join('');
        return `<div class="table" role="region" tabindex="0" aria-label="${escapeHtml(`Table: ${head.replaceAll('`', '')}`)}"><table>
<thead><tr>${cells(table.header, 'th scope="col"').replaceAll('</th scope="col">', '</th>')}</tr></thead>
<tbody>${rows}</tbody></table></div>\n`;
      },
      html: ({ text: markup }) => (/^\s*<!--[\s\S]*-->\s*$/.test(markup) ? '' : escapeHtml(markup)),
    },
  });
  const html = marked.parse(text, { async: false });
  return { title, html, anchors };
}

export function plainText(tokens: readonly Token[]): string {
  return tokens
    .map((token) =>
      'tokens' in token && token.tokens ? plainText(token.tokens) : 'text' in token ? token.text : '',
    )
    .join('');
}
