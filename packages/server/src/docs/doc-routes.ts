/**
 * `/docs`, `/llms.txt` and `/llms-full.txt`: every page twice, as HTML at its address and as Markdown at the same with `.md` or for
 * `Accept: text/markdown`. All texts are made at start; a request only chooses among them by name, so no address leads to any other
 * file. Needs no sign-in, sets and reads no cookie, and may be read by pages of other origins.
 */
import { readdirSync, readFileSync } from 'node:fs';
import accepts from '@fastify/accepts';
import compress from '@fastify/compress';
import etag from '@fastify/etag';
import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  type AnswerForm,
  type AskHandler,
  createAskHandler,
  type QuestionCounts,
} from './ask/ask-requests.ts';
import { createAsking } from './ask/ask-thread.ts';
import { FIRST_PAGE, MOVED, PAGE_NAMES, type PageName, pathOf } from './contents.ts';
import { escapeHtml } from './markdown.ts';
import { llmsFullText, llmsText, type MarkdownParts, markdownPage } from './markdown-texts.ts';
import { nearestPages } from './nearest-pages.ts';
import { type Frame, framePage } from './page-frame.ts';
import { type DocAddresses, type DocPage, loadPages, markdownPathOf } from './pages.ts';

const PICTURES = new URL('../../../../docs/images/', import.meta.url);
const MARKDOWN = 'text/markdown';

export type DocRoutesParts = DocAddresses & {
  readonly portalName: string;
  readonly tokenPrefix: string;
  readonly questions: QuestionCounts;
};

type Form = 'html' | 'markdown';

/** The largest form that is read, in bytes: a question, percent-encoded. */
const FORM_BYTES_MAX = 8 * 1024;

export async function addDocRoutes(app: FastifyInstance, parts: DocRoutesParts): Promise<void> {
  const pages = loadPages(parts);
  const frame: Frame = { ...parts, titles: new Map([...pages].map(([name, { title }]) => [name, title])) };
  const texts: MarkdownParts = { ...parts, pages };
  await app.register(async (scope) => {
    // Before compression, which hands a stream on. Weak: the same text in another encoding is the same to a reader.
    await scope.register(etag, { weak: true });
    await scope.register(compress, { threshold: 1024 });
    await scope.register(accepts);
    scope.addHook('onSend', async (_request, reply) => {
      reply.header('access-control-allow-origin', '*').header('x-content-type-options', 'nosniff');
    });
    const asking = createAsking(parts, (error) =>
      app.log.error({ err: error }, 'the thread for questions failed'),
    );
    scope.addHook('onClose', asking.close);
    const ask = await createAskHandler(scope, {
      ...parts,
      asking,
      counts: parts.questions,
      framed: (title, html) => framePage(frame, { name: null, title, html }),
    });
    await scope.register(formbody, { bodyLimit: FORM_BYTES_MAX });
    addPages(scope, pages, frame, parts.publicUrl, ask);
    addQuestionForm(scope, pages, ask);
    addFiles(scope, texts);
  });
}

/** For an operator who has closed the documentation: it is not there, in whatever form. */
export function closeDocRoutes(app: FastifyInstance): void {
  for (const url of ['/docs', '/docs.md', '/docs/*', '/llms.txt', '/llms-full.txt']) {
    app.get(url, { schema }, (_request, reply) =>
      reply
        .code(404)
        .type('text/plain; charset=utf-8')
        .send('The operator of this portal has closed its documentation.\n'),
    );
  }
}

/** HTML unless Markdown is asked for by name: that a browser takes anything is no such wish. */
const formOf = (request: FastifyRequest): Form =>
  request.accepts().type(['text/html', MARKDOWN]) === MARKDOWN ? 'markdown' : 'html';

const schema = { hide: true } as Record<string, unknown>;

function addPages(
  app: FastifyInstance,
  pages: ReadonlyMap<PageName, DocPage>,
  frame: Frame,
  publicUrl: string,
  ask: AskHandler,
): void {
  const byPath = new Map([...pages.values()].map((page) => [page.path, page]));
  const rendered = new Map(
    [...pages].map(([name, page]) => [
      name,
      { html: framePage(frame, page), markdown: markdownPage(page, publicUrl) },
    ]),
  );
  const answer = (reply: FastifyReply, page: DocPage, form: Form) => {
    reply.header('cache-control', 'no-cache').header('vary', 'Accept');
    reply.header('link', `<${markdownPathOf(page.name)}>; rel="alternate"; type="${MARKDOWN}"`);
    return reply
      .type(`${form === 'html' ? 'text/html' : MARKDOWN}; charset=utf-8`)
      .send(rendered.get(page.name)?.[form]);
  };
  const missing = (request: FastifyRequest, reply: FastifyReply, path: string, form: Form) => {
    const nearest = nearestPages(path, pages.values());
    reply.code(404).header('cache-control', 'no-cache').header('vary', 'Accept');
    request.log.debug('a page that is not there');
    return form === 'markdown'
      ? reply.type(`${MARKDOWN}; charset=utf-8`).send(missingAsMarkdown(nearest, publicUrl))
      : reply.type('text/html; charset=utf-8').send(framePage(frame, missingAsHtml(nearest)));
  };
  for (const [url, name] of Object.entries(MOVED)) {
    app.get(url, { schema }, (_request, reply) => reply.redirect(pathOf(name), 308));
    app.get(`${url}.md`, { schema }, (_request, reply) => reply.redirect(markdownPathOf(name), 308));
  }
  for (const url of ['/docs', '/docs.md', '/docs/*']) {
    app.get(url, { schema }, (request, reply) => {
      const [path = ''] = request.url.split('?');
      const bare = path.replace(/\.md$/, '');
      const form = bare === path ? formOf(request) : 'markdown';
      const page = byPath.get(bare);
      const question = questionIn(request.query);
      if (page && question !== null) {
        return ask(request, reply, {
          text: question,
          page: page.path === '/docs' ? null : page,
          form: answerFormOf(request, form),
        });
      }
      if (page) return answer(reply, page, form);
      // Guides and file trees lead to these spellings.
      const meant = byPath.get(bare.replace(/\/(index)?$/, ''));
      if (meant) return reply.redirect(bare === path ? meant.path : markdownPathOf(meant.name), 308);
      return missing(request, reply, bare, form);
    });
  }
}

/** Where our own boxes ask: by POST, so that no question gets into an address. */
function addQuestionForm(app: FastifyInstance, pages: ReadonlyMap<PageName, DocPage>, ask: AskHandler): void {
  app.post('/docs/ask', { schema }, (request, reply) => {
    const { page, ...fields } = (request.body ?? {}) as Record<string, unknown>;
    const name = PAGE_NAMES.find((known) => known === page) ?? null;
    const text = typeof fields.question === 'string' ? fields.question : '';
    const form = answerFormOf(request, formOf(request));
    return ask(request, reply, {
      text,
      page: name === null || name === FIRST_PAGE ? null : (pages.get(name) ?? null),
      form,
    });
  });
}

/** null: none is asked. Of several, all count as one. */
function questionIn(query: unknown): string | null {
  const { ask } = (query ?? {}) as { ask?: unknown };
  if (ask === undefined) return null;
  return Array.isArray(ask) ? ask.join(' ') : String(ask);
}

/** JSON for who asks for it by name; `form` else. */
const answerFormOf = (request: FastifyRequest, form: Form): AnswerForm => {
  const [first] = [request.accepts().types()].flat();
  return first === 'application/json' ? 'json' : form;
};

function addFiles(app: FastifyInstance, texts: MarkdownParts): void {
  const send = (reply: FastifyReply, type: string, body: string | Buffer) =>
    reply.header('cache-control', 'no-cache').type(type).send(body);
  const styles = readFileSync(new URL('./page.css', import.meta.url), 'utf8');
  app.get('/docs/page.css', { schema }, (_request, reply) => send(reply, 'text/css; charset=utf-8', styles));
  const files = { '/llms.txt': llmsText(texts), '/llms-full.txt': llmsFullText(texts) };
  for (const [url, text] of Object.entries(files)) {
    app.get(url, { schema }, (_request, reply) => send(reply, 'text/plain; charset=utf-8', text));
  }
  for (const file of readdirSync(PICTURES)) {
    const picture = readFileSync(new URL(file, PICTURES));
    app.get(`/docs/images/${file}`, { schema }, (_request, reply) => send(reply, 'image/png', picture));
  }
}

const missingAsHtml = (nearest: readonly DocPage[]) => ({
  name: null,
  title: 'Page not found',
  html: `<h1>Page not found</h1>
<p>The documentation has no such page. ${nearest.length > 0 ? 'Perhaps you are looking for one of these:' : 'Choose one from the list.'}</p>
<ul>${nearest.map(({ path, title }) => `<li><a href="${path}">${escapeHtml(title)}</a></li>`).join('')}</ul>
`,
});

const missingAsMarkdown = (nearest: readonly DocPage[], publicUrl: string) => `# Page not found

The documentation has no such page. ${nearest.length > 0 ? 'The nearest ones:' : ''}

${nearest.map(({ name, title }) => `- [${title}](${publicUrl}${markdownPathOf(name)})\n`).join('')}- [All pages](${publicUrl}/llms.txt)
`;
