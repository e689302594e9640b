/** An answer as Markdown, as JSON and as HTML. Pure. What somebody asked is shown as text, never as markup. */
import Type, { type Static } from 'typebox';
import { type PageName, pathOf } from '../contents.ts';
import { escapeHtml, renderMarkdown } from '../markdown.ts';
import type { Answer, Source } from './answer.ts';

export const AnswerSchema = Type.Object(
  {
    question: Type.String(),
    answered: Type.Boolean({ description: 'false: the documentation does not say.' }),
    answer: Type.String({ description: 'Markdown.' }),
    excerpts: Type.Array(
      Type.Object({
        text: Type.String({ description: 'As the page has it, Markdown.' }),
        title: Type.String({ description: 'Of the page.' }),
        heading: Type.Union([Type.String(), Type.Null()]),
        url: Type.String(),
      }),
    ),
    sources: Type.Array(
      Type.Object({
        title: Type.String(),
        heading: Type.Union([Type.String(), Type.Null()]),
        url: Type.String(),
      }),
    ),
    follow_ups: Type.Array(Type.Object({ question: Type.String(), url: Type.String() })),
  },
  { $id: 'Answer', title: 'Answer' },
);

/** The longest response, in characters. */
const LENGTH_MAX = 4500;

type Wire = Static<typeof AnswerSchema>;

/** @param page the one that was asked, null for all: follow-ups ask the same */
export function answerOnWire(answer: Answer, publicUrl: string, page: PageName | null): Wire {
  const urlOf = (source: Source) =>
    `${publicUrl}${pathOf(source.page as PageName)}${source.anchor === null ? '' : `#${source.anchor}`}`;
  const address = (source: Source) => ({ title: source.title, heading: source.heading, url: urlOf(source) });
  const wire: Wire = {
    question: answer.question,
    answered: answer.answered,
    answer: answer.answer,
    excerpts: answer.excerpts.map((excerpt) => ({ text: excerpt.text, ...address(excerpt) })),
    sources: answer.sources.map(address),
    follow_ups: answer.followUps.map((question) => ({
      question,
      url: `${publicUrl}${pathOf(page ?? 'index')}.md?ask=${encodeURIComponent(question)}`,
    })),
  };
  while (
    wire.excerpts.length > 1 &&
    (answerAsMarkdown(wire).length >= LENGTH_MAX || JSON.stringify(wire).length >= LENGTH_MAX)
  ) {
    wire.excerpts.pop();
  }
  return wire;
}

const labelOf = ({ title, heading }: { title: string; heading: string | null }) =>
  heading === null ? title : `${title}: ${heading}`;

export function answerAsMarkdown({ question, answer, excerpts, sources, follow_ups }: Wire): string {
  const parts = [`# ${escapeMarkdown(question)}`, answer];
  if (excerpts.length > 0) {
    parts.push(
      '## Excerpts',
      ...excerpts.map((each) => `### ${escapeMarkdown(labelOf(each))}\n\n${each.text}`),
    );
  }
  if (sources.length > 0) {
    parts.push(
      '## Sources',
      sources.map((each) => `- [${escapeMarkdown(labelOf(each))}](${each.url})`).join('\n'),
    );
  }
  if (follow_ups.length > 0) {
    parts.push(
      '## Ask next',
      follow_ups.map((each) => `- [${escapeMarkdown(each.question)}](${each.url})`).join('\n'),
    );
  }
  return `${parts.join('\n\n')}\n`;
}

/** What Markdown and HTML would read as markup is escaped: a question is the asker's word, not ours. */
export const escapeMarkdown = (text: string): string =>
  text
    .replace(/[\\`*_{}[\]()#+!|~<>&-]/g, (character) => `\\${character}`)
    .replace(/\\([<>&])/g, (_, character) => escapeHtml(character));

/** The part of a page that people see. Follow-ups lead to the page for people. */
export function answerAsHtml(wire: Wire): string {
  const htmlOf = (markdown: string) =>
    renderMarkdown(markdown, 'index')
      .html.replace(/<(\/?)h1/g, '<$1p')
      .replace(/ id="[^"]*"/g, '');
  const excerpt = (each: Wire['excerpts'][number]) =>
    `<blockquote>${htmlOf(each.text)}<p><a href="${escapeHtml(each.url)}">${escapeHtml(labelOf(each))}</a></p></blockquote>`;
  const link = (url: string, text: string, rel = '') =>
    `<li><a href="${escapeHtml(url)}"${rel}>${escapeHtml(text)}</a></li>`;
  const list = (heading: string, items: readonly string[]) =>
    items.length === 0 ? '' : `<h2>${heading}</h2>\n<ul>${items.join('')}</ul>\n`;
  return `<h1>${escapeHtml(wire.question)}</h1>
<div class="answer">${htmlOf(wire.answer)}</div>
${wire.excerpts.length === 0 ? '' : `<h2>Excerpts</h2>\n${wire.excerpts.map(excerpt).join('\n')}\n`}${list(
  wire.answered ? 'Sources' : 'The nearest pages',
  wire.sources.map((each) => link(each.url, labelOf(each))),
)}${list(
  'Ask next',
  wire.follow_ups.map((each) => link(each.url.replace('.md?', '?'), each.question, ' rel="nofollow"')),
)}`;
}
