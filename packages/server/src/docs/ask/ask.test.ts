/** Questions over HTTP, answered by the real engine from the real pages. */
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addDocRoutes } from '../doc-routes.ts';
import { noQuestions } from './ask-requests.ts';

const PUBLIC_URL = 'https://portal.example.com';
let app: FastifyInstance;
const questions = noQuestions();
let lines = '';

beforeAll(async () => {
  const stream = {
    write: (line: string) => {
      lines += line;
    },
  };
  app = fastify({ logger: { level: 'trace', stream }, disableRequestLogging: true, trustProxy: true });
  app.decorateRequest('clientAddress', {
    getter(this: { readonly ip: string }) {
      return this.ip;
    },
  });
  await addDocRoutes(app, {
    publicUrl: PUBLIC_URL,
    verificationUrl: null,
    portalName: 'Portal',
    tokenPrefix: 'cldkctl_',
    questions,
  });
  await app.ready();
});
afterAll(() => app.close());

let asker = 0;
/** From an address of its own each, so that no test uses up another's questions. */
const ask = (question: string, headers: Record<string, string> = {}, path = '/docs.md') =>
  app.inject({
    url: `${path}?ask=${encodeURIComponent(question)}`,
    headers: { 'x-forwarded-for': `10.0.${(asker >> 8) & 255}.${asker++ & 255}`, ...headers },
  });

const asJson = { accept: 'application/json' };

describe('a question', () => {
  it('is answered in Markdown: the answer first, then excerpts, sources and what may follow', async () => {
    const { statusCode, headers, body } = await ask('How do I delete a token?');
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/markdown; charset=utf-8']);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-robots-tag']).toBe('noindex');
    expect(body).toMatch(/^# How do I delete a token\?\n\n1\. .*\*\*More\*\*/);
    expect(body).toMatch(
      /\n## Excerpts\n\n### [\s\S]+\n## Sources\n\n- \[.+\]\(https:\/\/portal\.example\.com\/docs\//,
    );
    expect(body.length).toBeLessThan(4500);
  });

  it('is answered in JSON of the same content, with absolute addresses of page and heading', async () => {
    const { body, headers } = await ask('How do I delete a token?', asJson);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    const answer = JSON.parse(body);
    expect(answer).toMatchObject({ question: 'How do I delete a token?', answered: true });
    expect(Object.keys(answer)).toEqual([
      'question',
      'answered',
      'answer',
      'excerpts',
      'sources',
      'follow_ups',
    ]);
    for (const { url } of [...answer.excerpts, ...answer.sources]) {
      const [path = '', anchor] = url.replace(PUBLIC_URL, '').split('#');
      const page = await app.inject(path);
      expect([url, page.statusCode]).toEqual([url, 200]);
      if (anchor) expect(page.body).toContain(`id="${anchor}"`);
    }
    for (const { url } of answer.follow_ups) {
      const followed = await app.inject({
        url: url.replace(PUBLIC_URL, ''),
        headers: { 'x-forwarded-for': '10.9.9.9' },
      });
      expect([url, followed.statusCode]).toEqual([url, 200]);
    }
  });

  it('gets excerpts that stand on their pages to the letter', async () => {
    const { excerpts } = JSON.parse((await ask('What does a gateway do with a 503?', asJson)).body);
    expect(excerpts.length).toBeGreaterThan(0);
    for (const { text, url } of excerpts) {
      const page = await app.inject(`${url.replace(PUBLIC_URL, '').split('#')[0]}.md`);
      for (const line of text
        .replace(/ …$/, '')
        .split('\n')
        .filter((each: string) => !/^\|(---\|)+$/.test(each))) {
        expect(page.body).toContain(line.trim());
      }
    }
  });

  it('that the pages do not answer is answered by saying so', async () => {
    for (const question of [
      'How do I configure SAML single sign-on?',
      'What is the capital of France?',
      'zxqv blorp',
    ]) {
      const answer = JSON.parse((await ask(question, asJson)).body);
      expect([question, answer.answered, answer.excerpts]).toEqual([question, false, []]);
    }
  });

  it('is answered as a page for people, asked by address or by form, without a script', async () => {
    const byAddress = await ask(
      'How do I delete a token?',
      { accept: 'text/html' },
      '/docs/how-to-get-token/find-and-delete-token',
    );
    const byForm = await app.inject({
      method: 'POST',
      url: '/docs/ask',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'text/html',
        'x-forwarded-for': '10.8.8.8',
      },
      body: 'page=how-to-get-token%2Ffind-and-delete-token&question=How+do+I+delete+a+token%3F',
    });
    expect(byForm.body).toBe(byAddress.body);
    expect(byForm.body).toContain('<h1>How do I delete a token?</h1>');
    expect(byForm.body).toMatch(/rel="nofollow"/);
    expect(byForm.body).not.toContain('<script');
  });

  it.each([
    ['', 'There is no question'],
    ['   ?!', 'There is no question'],
    ['<question>', 'placeholder'],
    ['[your question]', 'placeholder'],
    ['...', 'There is no question'],
    ['a'.repeat(401), 'too long'],
  ])('that cannot be one is refused with help: %s', async (question, said) => {
    for (const headers of [{}, asJson, { accept: 'text/html' }] as Record<string, string>[]) {
      const { statusCode, body } = await ask(
        question,
        headers,
        headers.accept === 'text/html' ? '/docs' : '/docs.md',
      );
      expect([statusCode, body.includes(said)]).toEqual([400, true]);
    }
  });

  it('of 400 characters is answered, whatever they are', async () => {
    const texts = [
      '𝒳',
      'é',
      '"',
      '*',
      '(',
      '/',
      '\u0000',
      '\u202e',
      '~1 ',
      'AND OR NOT ',
      'token ',
      '<b>',
      '[x](y)',
    ];
    for (const text of texts) {
      const question = `${[...text.repeat(400)].slice(0, 399).join('')}a`;
      const { statusCode } = await ask(question);
      expect([text, [200, 400].includes(statusCode)]).toEqual([text, true]);
    }
  });

  it('brings no markup into a page', async () => {
    const evil = '<img src=x onerror=alert(1)> [x](javascript:alert(1)) **b** # how to delete a token';
    const html = await ask(evil, { accept: 'text/html' }, '/docs');
    expect(html.body).not.toMatch(/<img src=x|href="javascript/);
    const markdown = await ask(evil);
    expect(markdown.body.split('\n')[0]).not.toMatch(/<img|\[x\]\(|\*\*b/);
  });

  it.each([
    'why is cldkctl_ABCDEFGHIJKLMNOPQRSTUVWXYZ3zTzEP refused',
    'why is cldkctl_ABCDEFGHIJKLM refused',
    'cldkctl%5FABCDEFGHIJKLMNOPQRSTUVWXYZ3zTzEP',
    'CLDKCTL_abcdefghijklmnopqrstuvwxyz3zTzEP?',
    'cldkctl_ABCDEFGH IJKLMNOPQRSTUVWXYZ3zTzEP',
  ])('that holds a token is neither answered nor said again nor logged: %s', async (question) => {
    lines = '';
    for (const form of [{}, asJson, { accept: 'text/html' }] as Record<string, string>[]) {
      const { statusCode, body } = await ask(
        question,
        form,
        form.accept === 'text/html' ? '/docs' : '/docs.md',
      );
      expect(statusCode).toBe(400);
      expect(body).toContain('Delete');
      expect(body).not.toMatch(/ABCDEFGH/i);
    }
    expect(lines).not.toMatch(/ABCDEFGH/i);
  });

  it('is logged nowhere', async () => {
    lines = '';
    await ask('how do I delete my peculiarword token');
    await app.inject({
      method: 'POST',
      url: '/docs/ask',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'question=peculiarword',
    });
    expect(lines).not.toContain('peculiarword');
  });

  it('too many in a minute from one address are refused, and others are not', async () => {
    const from = { 'x-forwarded-for': '10.77.0.1' };
    const statuses = new Set<number>();
    for (let at = 0; at < 61; at++) statuses.add((await ask('delete a token', from)).statusCode);
    expect([...statuses]).toEqual([200, 429]);
    const refused = await ask('delete a token', from);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await ask('delete a token')).statusCode).toBe(200);
  });

  it('from one IPv6 network counts together, whichever of its addresses asks', async () => {
    const statuses = [];
    for (let at = 0; at < 61; at++) {
      const from = { 'x-forwarded-for': `2001:db8:7:7:${at.toString(16)}::${at.toString(16)}` };
      statuses.push((await ask('delete a token', from)).statusCode);
    }
    expect([statuses.filter((status) => status === 200).length, statuses.at(-1)]).toEqual([60, 429]);
    expect((await ask('delete a token', { 'x-forwarded-for': '2001:db8:7:8::1' })).statusCode).toBe(200);
  });

  it('from an unknown address counts together with all such, up to more', async () => {
    const from = { 'x-forwarded-for': 'unknown' };
    const statuses = [];
    for (let at = 0; at < 601; at++) statuses.push((await ask('delete a token', from)).statusCode);
    expect([statuses.filter((status) => status === 200).length, statuses.at(-1)]).toEqual([600, 429]);
  });

  it('is counted', () => {
    expect(questions.answered).toBeGreaterThan(60);
    expect(questions.unanswered).toBeGreaterThan(2);
    expect(questions.refused).toBeGreaterThan(10);
    expect(questions.failed).toBe(0);
  });
});
