/** What programs read: each page as Markdown with how to ask it, a list of all pages, and all of them in one file. Pure. */
import { CONTENTS, FIRST_PAGE, type PageName } from './contents.ts';
import { type DocPage, markdownPathOf } from './pages.ts';

export type MarkdownParts = {
  readonly pages: ReadonlyMap<PageName, DocPage>;
  readonly portalName: string;
  readonly publicUrl: string;
};

/** A page, and how to ask it. */
export function markdownPage(page: DocPage, publicUrl: string): string {
  return `${page.markdown.trimEnd()}\n\n${howToAsk(`${publicUrl}${markdownPathOf(page.name)}`)}`;
}

const howToAsk = (address: string): string => `## Ask this documentation

If this page does not hold what you need, ask for it. The answer is taken from all pages, and this one counts for more:

\`\`\`
GET ${address}?ask=<question>
\`\`\`

Write the question as one whole sentence in plain words that says everything that is needed to answer it; nothing is
remembered between two questions. Percent-encode it, in at most 400 characters, and never put a token into it. The response is
Markdown: the direct answer, excerpts of the pages that it is taken from, their addresses, and questions that may follow. With
\`Accept: application/json\` the same comes as JSON. All pages are listed in [llms.txt](/llms.txt).
`;

/** https://llmstxt.org: a title, a summary, and links with a sentence each. */
export function llmsText({ pages, portalName, publicUrl }: MarkdownParts): string {
  const line = (name: PageName) => {
    const { title, summary } = pageOf(pages, name);
    return `- [${title}](${publicUrl}${markdownPathOf(name)}): ${summary}`;
  };
  const groups = CONTENTS.map(({ group, pages: names }) => `## ${group}\n\n${names.map(line).join('\n')}\n`);
  return `# ${portalName}: documentation

> ${pageOf(pages, FIRST_PAGE).summary}

Each page is Markdown at its address with \`.md\`. A question is answered from all pages by
\`GET ${publicUrl}/docs.md?ask=<question>\`. Everything in one file: [llms-full.txt](${publicUrl}/llms-full.txt).

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
