/** What stands around every page of the documentation: header, the list of pages, the page's own text. Pure; holds no script. */
import { CONTENTS, FIRST_PAGE, type PageName, pathOf } from './contents.ts';
import { escapeHtml } from './markdown.ts';

export type Frame = {
  readonly portalName: string;
  /** Titles by name, for the list of pages. */
  readonly titles: ReadonlyMap<PageName, string>;
};

/** `current` null: a page that is not there. `html` is trusted markup. */
export function framePage(frame: Frame, current: PageName | null, title: string, html: string): string {
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
${html}</main>
</div>
</body>
</html>
`;
}
