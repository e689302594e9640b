/** What stands around every page of the documentation: header, the list of pages, the page's own text. Pure; holds no script. */
import { CONTENTS, FIRST_PAGE, type PageName, pathOf } from './contents.ts';
import { escapeHtml } from './markdown.ts';

export type Frame = {
  readonly portalName: string;
  /** Titles by name, for the list of pages. */
  readonly titles: ReadonlyMap<PageName, string>;
};

export type FramedPage = {
  /** null: a page that is not in the list. */
  readonly name: PageName | null;
  readonly title: string;
  /** Trusted markup. */
  readonly html: string;
};

export function framePage(frame: Frame, { name: current, title, html }: FramedPage): string {
  const alternate =
    current === null
      ? ''
      : `<link rel="alternate" type="text/markdown" href="${pathOf(current)}.md" title="${escapeHtml(title)}">\n`;
  const portal = escapeHtml(frame.portalName);
  const link = (name: PageName) =>
    `<a href="${pathOf(name)}"${name === current ? ' aria-current="page"' : ''}>${escapeHtml(frame.titles.get(name) ?? name)}</a>`;
  const groups = CONTENTS.map(
    ({ group, pages }) =>
      `<li><span>${group}</span><ul>${pages.map((name) => `<li>${link(name)}</li>`).join('')}</ul></li>`,
  ).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} · ${portal}</title>
<link rel="icon" href="/badge.svg" type="image/svg+xml">
<link rel="stylesheet" href="/docs/page.css">
${alternate}<link rel="help" type="text/plain" href="/llms.txt" title="All pages, for language models">
</head>
<body>
<a class="skip" href="#text">Skip to content</a>
<header><a href="/"><img src="/badge.svg" alt="">${portal}</a> <span>Documentation</span></header>
<div class="columns">
<nav aria-label="Pages of the documentation">
<ul>
<li>${link(FIRST_PAGE)}</li>
${groups}
</ul>
</nav>
<main id="text" tabindex="-1">
${askForm(current)}${html}${footer(current)}</main>
</div>
</body>
</html>
`;
}

const footer = (name: PageName | null): string =>
  name === null
    ? ''
    : `<footer>For programs: <a href="${pathOf(name)}.md">this page as Markdown</a> · <a href="/llms.txt">all pages</a></footer>\n`;

/** Asks by POST, so that what somebody types gets into no address, and works without a script. */
const askForm = (
  name: PageName | null,
): string => `<form class="ask" method="post" action="/docs/ask" role="search">
<label for="question">Ask the documentation</label>
<span><input id="question" name="question" maxlength="400" autocomplete="off" required>
<button>Ask</button></span>
<input type="hidden" name="page" value="${name ?? FIRST_PAGE}">
</form>
`;
