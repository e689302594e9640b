/** The documentation as it is served, without a socket. */
import { readdirSync } from 'node:fs';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REFUSALS } from '../core/refusal.ts';
import { MOVED, PAGE_NAMES, pathOf } from './contents.ts';
import { addDocPages, renderPages } from './doc-pages.ts';
import { anchorOf, hrefOf, renderMarkdown } from './markdown.ts';

const PUBLIC_URL = 'https://portal.example.com';
const pages = renderPages(PUBLIC_URL);

describe('the pages', () => {
  it('are all of docs/, each with a title of its own', () => {
    const folder = new URL('../../../../docs/', import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => name.endsWith('.md'));
    expect(files.map((name) => name.slice(0, -3)).sort()).toEqual([...PAGE_NAMES].sort());
    const titles = [...pages.values()].map(({ title }) => title);
    expect(titles.every((title) => title.length > 0)).toBe(true);
    expect(new Set(titles).size).toBe(titles.length);
  });

  it('have no link to a page or heading that is not there', () => {
    const anchors = new Map([...pages].map(([name, page]) => [pathOf(name), page.anchors]));
    const broken = [...pages].flatMap(([name, { html }]) =>
      [...html.matchAll(/href="([^"]+)"/g)]
        .map(([, href = '']) => href)
        .filter((href) => !/^https?:/.test(href) && href !== '/openapi.json')
        .filter((href) => {
          const [path = '', anchor] = href.split('#');
          const there = anchors.get(path || pathOf(name));
          return !there || (anchor !== undefined && !there.includes(anchor));
        })
        .map((href) => `${name}: ${href}`),
    );
    expect(broken).toEqual([]);
  });

  it('have each heading once, so that an address leads to one place', () => {
    for (const { anchors } of pages.values()) expect(new Set(anchors).size).toBe(anchors.length);
  });

  it('explain every code that a problem’s type points to', () => {
    expect(pages.get('errors')?.anchors).toEqual(expect.arrayContaining(Object.keys(REFUSALS)));
  });

  it('show the reader’s own portal in every sample', () => {
    const html = [...pages.values()].map((page) => page.html).join('');
    expect(html).toContain(`${PUBLIC_URL}/api/v1/me`);
    expect(html).not.toContain('http://localhost:8080');
  });
});

describe('served, they', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    app = fastify();
    addDocPages(app, { portalName: '<Portal>', publicUrl: PUBLIC_URL });
    await app.ready();
  });
  afterAll(() => app.close());

  it.each(PAGE_NAMES)('answer %s as a page that marks itself in the list', async (name) => {
    const answer = await app.inject(pathOf(name));
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.body).toContain(`href="${pathOf(name)}" aria-current="page"`);
    expect(answer.body).toContain('&lt;Portal&gt;');
    expect(answer.body).not.toMatch(/<script|<Portal>| style=/);
  });

  it.each([
    '/docs/nope',
    '/docs/operate/nope',
    '/docs/operate/',
    '/docs/errors/',
    '/docs/errors.md',
    '/docs/../package.json',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/etc/passwd',
    '/docs/__proto__',
    '/docs/constructor',
    '/docs/%00',
  ])('answer %s with a page that says there is none', async (url) => {
    const answer = await app.inject(url);
    expect([404, 400]).toContain(answer.statusCode);
    expect(answer.body).not.toContain('"dependencies"');
    if (answer.headers['content-type']?.startsWith('text/html'))
      expect(answer.body).toContain('Page not found');
  });

  it('bring their style along, and lead from /docs/ to /docs', async () => {
    expect((await app.inject('/docs/page.css')).headers['content-type']).toBe('text/css; charset=utf-8');
    const answer = await app.inject('/docs/');
    expect([answer.statusCode, answer.headers.location]).toEqual([308, '/docs']);
  });

  it.each(Object.entries(MOVED))('lead from %s to where it went', async (url, name) => {
    const answer = await app.inject(url);
    expect([answer.statusCode, answer.headers.location]).toEqual([308, pathOf(name)]);
  });
});

describe('Markdown', () => {
  it('passes no HTML on', () => {
    const { html } = renderMarkdown(
      '# T\n\n<script>alert(1)</script>\n\na <b>b</b> `<i>`\n\n<!-- note -->\n',
      'index',
    );
    expect(html).not.toMatch(/<script|<b>|<i>|note/);
    expect(html).toContain('&lt;script&gt;');
  });

  it('links to pages of its own by their address, and leaves other links', () => {
    expect(hrefOf('verify.md#nginx', 'api')).toBe('/docs/verify#nginx');
    expect(hrefOf('index.md', 'api')).toBe('/docs');
    expect(hrefOf('operate/tls.md', 'index')).toBe('/docs/operate/tls');
    expect(hrefOf('tls.md', 'operate/one-node')).toBe('/docs/operate/tls');
    expect(hrefOf('../verify.md#nginx', 'operate/one-node')).toBe('/docs/verify#nginx');
    expect(hrefOf('/openapi.json', 'api')).toBe('/openapi.json');
    expect(hrefOf('https://example.com/a.md', 'api')).toBe('https://example.com/a.md');
  });

  it('names headings as GitHub does', () => {
    expect(anchorOf('What is kept, and backups')).toBe('what-is-kept-and-backups');
    expect(anchorOf('`invalid_json`')).toBe('invalid_json');
  });
});
