/**
 * `/docs` and `/docs/<page>`: the pages of docs, rendered once at start. A request only chooses among them by name, so no
 * address leads to any other file.
 */
import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { FIRST_PAGE, MOVED, PAGE_NAMES, type PageName, pathOf } from './contents.ts';
import { type RenderedPage, renderMarkdown } from './markdown.ts';
import { framePage } from './page-frame.ts';

const FOLDER = new URL('../../../../docs/', import.meta.url);

/** The public URL that the pages are written with; a reader sees their own portal's, so that a line works when pasted. */
const WRITTEN_URL = 'http://localhost:8080';

/** @throws Error if a page of the contents has no file */
export function renderPages(publicUrl: string): ReadonlyMap<PageName, RenderedPage> {
  return new Map(
    PAGE_NAMES.map((name) => {
      const text = readFileSync(new URL(`${name}.md`, FOLDER), 'utf8');
      return [name, renderMarkdown(text.replaceAll(WRITTEN_URL, publicUrl), name)];
    }),
  );
}

export type DocPagesParts = { readonly portalName: string; readonly publicUrl: string };

export function addDocPages(app: FastifyInstance, { portalName, publicUrl }: DocPagesParts): void {
  const rendered = renderPages(publicUrl);
  const frame = { portalName, titles: new Map([...rendered].map(([name, { title }]) => [name, title])) };
  const pages = new Map<string, string>(
    [...rendered].map(([name, { title, html }]) => [pathOf(name), framePage(frame, name, title, html)]),
  );
  const notFound = framePage(
    frame,
    null,
    'Page not found',
    '<h1>Page not found</h1>\n<p>The documentation has no such page. Choose one from the list.</p>\n',
  );
  const styles = readFileSync(new URL('./page.css', import.meta.url), 'utf8');
  const schema = { hide: true } as Record<string, unknown>;
  const answer = (reply: FastifyReply, type: string, body: string) =>
    reply.header('cache-control', 'no-cache').type(`${type}; charset=utf-8`).send(body);
  app.get('/docs/page.css', { schema }, (_request, reply) => answer(reply, 'text/css', styles));
  app.get('/docs/', { schema }, (_request, reply) => reply.redirect(pathOf(FIRST_PAGE), 308));
  for (const [url, name] of Object.entries(MOVED)) {
    app.get(url, { schema }, (_request, reply) => reply.redirect(pathOf(name), 308));
  }
  for (const url of ['/docs', '/docs/*']) {
    app.get(url, { schema }, (request, reply) => {
      const [path = ''] = request.url.split('?');
      const page = pages.get(path);
      return answer(page === undefined ? reply.code(404) : reply, 'text/html', page ?? notFound);
    });
  }
}
