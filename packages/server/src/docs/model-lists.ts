/** What language models read: a list of all pages, and all of them in one file. Pure. */
import { CONTENTS, FIRST_PAGE, type PageName } from './contents.ts';
import { type DocPage, markdownPathOf } from './pages.ts';

export type MarkdownParts = {
  readonly pages: ReadonlyMap<PageName, DocPage>;
  readonly portalName: string;
  readonly publicUrl: string;
};

/** https://llmstxt.org: a title, a summary, and links with a sentence each. */
export function llmsText({ pages, portalName, publicUrl }: MarkdownParts): string {
  const line = (name: PageName) => {
    const { title, summary } = pageOf(pages, name);
    return `- [${title}](${publicUrl}${markdownPathOf(name)}): ${summary}`;
  };
  const groups = CONTENTS.map(({ group, pages: names }) => `## ${group}\n\n${names.map(line).join('\n')}\n`);
  return `# ${portalName}: documentation

> ${pageOf(pages, FIRST_PAGE).summary}

Each page is Markdown at its address with \`.md\`. Everything in one file: [llms-full.txt](${publicUrl}/llms-full.txt).

${line(FIRST_PAGE)}

${groups.join('\n')}`;
}

/** Every page, one after the other, each under its address. */
export function llmsFullText({ pages, publicUrl }: MarkdownParts): string {
  return [...pages.values()]
    .map((page) => `<!-- ${publicUrl}${markdownPathOf(page.name)} -->\n\n${page.markdown.trimEnd()}\n`)
    .join('\n');
}

function pageOf(pages: ReadonlyMap<PageName, DocPage>, name: PageName): DocPage {
  const page = pages.get(name);
  if (!page) throw new Error(`The contents name the page ${name}, which is not there.`);
  return page;
}
