/** The documentation as it is served, without a socket. */
import { readdirSync } from 'node:fs';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_REFUSALS } from '../core/refusal.ts';
import { noQuestions } from './ask/ask-requests.ts';
import { MOVED, PAGE_NAMES, pathOf } from './contents.ts';
import { addDocRoutes, closeDocRoutes } from './doc-routes.ts';
import { anchorsOfPage, firstSentence, hrefOf, renderMarkdown, withAbsoluteLinks } from './markdown.ts';
import { loadPages, markdownPathOf } from './pages.ts';

const PUBLIC_URL = 'https://portal.example.com';
const VERIFICATION_URL = 'http://10.1.2.3:9000';
const ADDRESSES = { publicUrl: PUBLIC_URL, verificationUrl: VERIFICATION_URL };
const pages = loadPages(ADDRESSES);

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
        .filter((href) => !/^https?:/.test(href) && !['/openapi.json', '/llms.txt'].includes(href))
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
    expect(pages.get('errors')?.anchors).toEqual(expect.arrayContaining(Object.keys(API_REFUSALS)));
  });

  it('show the reader’s own portal in every sample', () => {
    const html = [...pages.values()].map((page) => page.html).join('');
    expect(html).toContain(`${PUBLIC_URL}/api/v1/me`);
    expect(html).toContain(`${VERIFICATION_URL}/verify`);
    expect(html).not.toMatch(/http:\/\/(localhost:8080|127\.0\.0\.1:8081)/);
  });
});

describe('served, they', () => {
  let app: FastifyInstance;
  beforeAll(async () => {
    app = fastify();
    await addDocRoutes(app, {
      ...ADDRESSES,
      portalName: '<Portal>',
      tokenPrefix: 'cldkctl_',
      questions: noQuestions(),
    });
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
    '/docs/../package.json',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/etc/passwd',
    '/docs/__proto__',
    '/docs/constructor',
    '/docs/%00',
  ])('answer %s with a page that says that nothing is there', async (url) => {
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

  it.each(PAGE_NAMES)('answer %s as Markdown too, at its address and for who asks so', async (name) => {
    const plain = await app.inject(markdownPathOf(name));
    expect([plain.statusCode, plain.headers['content-type']]).toEqual([200, 'text/markdown; charset=utf-8']);
    expect(plain.body.startsWith(`# ${pages.get(name)?.title}`)).toBe(true);
    const asked = await app.inject({
      url: pathOf(name),
      headers: { accept: 'text/markdown, text/html;q=0.5' },
    });
    expect(asked.body).toBe(plain.body);
    expect(asked.headers.vary).toMatch(/accept/i);
    const html = await app.inject({ url: pathOf(name), headers: { accept: 'text/html,*/*;q=0.8' } });
    expect(html.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(html.headers.vary).toMatch(/accept/i);
    expect(html.body).toContain(`<link rel="alternate" type="text/markdown" href="${markdownPathOf(name)}"`);
    expect(html.body).toContain('href="/llms.txt"');
  });

  it('lead from Markdown to Markdown, and to what is there', async () => {
    const paths = new Map([...pages.values()].map((page) => [markdownPathOf(page.name), page.anchors]));
    const broken = [...pages.values()].flatMap(({ name, markdown }) =>
      [...markdown.replaceAll(/^```[\s\S]*?^```$|`[^`\n]+`/gm, '').matchAll(/\]\(([^)\s]+)\)/g)]
        .map(([, href = '']) => href)
        .filter((href) => !/^(https?:|\/openapi\.json$|\/llms\.txt$|\/docs\/images\/)/.test(href))
        .filter((href) => {
          const [path = '', anchor] = href.split('#');
          const there = paths.get(path || markdownPathOf(name));
          return !there || (anchor !== undefined && !there.includes(anchor));
        })
        .map((href) => `${name}: ${href}`),
    );
    expect(broken).toEqual([]);
    for (const [, path] of [...pages.values()].flatMap(({ markdown }) => [
      ...markdown.matchAll(/\((\/docs\/images\/[^)]+)\)/g),
    ])) {
      expect((await app.inject(path ?? '')).headers['content-type']).toBe('image/png');
    }
  });

  it('are kept by a reader who has them, and come compressed to who can read that', async () => {
    for (const url of [
      '/docs',
      '/docs/verify',
      '/docs/verify.md',
      '/llms.txt',
      '/llms-full.txt',
      '/docs/page.css',
    ]) {
      const first = await app.inject({ url, headers: { 'accept-encoding': 'gzip' } });
      expect([url, first.statusCode, first.headers['content-encoding']]).toEqual([url, 200, 'gzip']);
      const { etag } = first.headers;
      expect(etag).toMatch(/./);
      const again = await app.inject({ url, headers: { 'if-none-match': String(etag) } });
      expect([url, again.statusCode, again.body]).toEqual([url, 304, '']);
    }
  });

  it('may be read by other origins, and touch no cookie', async () => {
    for (const url of ['/docs', '/docs/verify.md', '/llms.txt', '/docs/nope']) {
      const { headers } = await app.inject({
        url,
        headers: { origin: 'https://elsewhere.example', cookie: 'a=b' },
      });
      expect(headers['access-control-allow-origin']).toBe('*');
      expect(headers['access-control-allow-credentials']).toBeUndefined();
      expect(headers['set-cookie']).toBeUndefined();
    }
  });

  it('are listed for language models, in a file that is short and in one that holds it all', async () => {
    const { body: list } = await app.inject('/llms.txt');
    expect(list.length).toBeLessThan(50_000);
    for (const [name, { title }] of pages)
      expect(list).toContain(`[${title}](${PUBLIC_URL}${markdownPathOf(name)})`);
    const { body: full } = await app.inject('/llms-full.txt');
    for (const { markdown } of pages.values()) expect(full).toContain(markdown.trimEnd());
  });

  it('say in the form that was asked for that a page is not there, with the nearest ones', async () => {
    const html = await app.inject('/docs/how-to-verifi');
    expect([html.statusCode, html.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect(html.body).toContain('href="/docs/verify"');
    for (const asked of [
      { url: '/docs/operate/one-nod.md' },
      { url: '/docs/operate/one-nod', headers: { accept: 'text/markdown' } },
    ]) {
      const markdown = await app.inject(asked);
      expect([markdown.statusCode, markdown.headers['content-type']]).toEqual([
        404,
        'text/markdown; charset=utf-8',
      ]);
      expect(markdown.body).toContain(`(${PUBLIC_URL}/docs/operate/one-node.md)`);
    }
  });

  it.each([
    ['/docs/errors/', '/docs/errors'],
    ['/docs/index', '/docs'],
    ['/docs/index.md', '/docs.md'],
    ['/docs/verify/index.md', '/docs/verify.md'],
  ])('lead from the spelling %s to %s', async (url, to) => {
    const { statusCode, headers } = await app.inject(url);
    expect([statusCode, headers.location]).toEqual([308, to]);
  });

  it('are all gone when the operator has closed them', async () => {
    const closed = fastify();
    closeDocRoutes(closed);
    for (const url of [
      '/docs',
      '/docs.md',
      '/docs/verify',
      '/docs/verify.md',
      '/llms.txt',
      '/llms-full.txt',
      '/docs/images/secret-light.png',
    ]) {
      const { statusCode, headers } = await closed.inject(url);
      expect([url, statusCode, headers['access-control-allow-origin']]).toEqual([url, 404, undefined]);
    }
    await closed.close();
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

  it('has links that hold wherever it is read, but in code', () => {
    const text =
      'a [b](verify.md#nginx) `[c](verify.md)` ![d](images/d.png) [e](https://e.example/x.md)\n\n```sh\n[f](verify.md)\n```\n';
    expect(withAbsoluteLinks(text, 'index')).toBe(
      'a [b](/docs/verify.md#nginx) `[c](verify.md)` ![d](/docs/images/d.png) [e](https://e.example/x.md)\n\n```sh\n[f](verify.md)\n```\n',
    );
    expect(withAbsoluteLinks('[a](../index.md)', 'operate/tls')).toBe('[a](/docs.md)');
  });

  it('says of a page its first sentence', () => {
    expect(firstSentence('# T\n\nA [token](a.md) of version 1.2\nworks. More.\n')).toBe(
      'A token of version 1.2 works.',
    );
  });

  it('names headings as GitHub does', () => {
    const anchorOf = anchorsOfPage();
    expect(anchorOf('What is kept, and backups')).toBe('what-is-kept-and-backups');
    expect(anchorOf('`invalid_json`')).toBe('invalid_json');
    expect(anchorOf('What is kept, and backups')).toBe('what-is-kept-and-backups-1');
  });
});
