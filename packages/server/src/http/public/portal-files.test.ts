/** What the public listener answers where it has no route: pages for people, refusals for programs. */
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtPortal } from '../../../../../tests/e2e/portal-build.ts';
import { addPortalFiles } from './portal-files.ts';

/** Some, and one in other letters: that the list has them all is tested beside the portal's routes. */
const pageAddresses = ['/', '/sign-in', '/profile', '/api-overview', '/api-overview/token/new', '/Profile'];

let app: FastifyInstance;
beforeAll(async () => {
  await builtPortal();
  app = fastify();
  await addPortalFiles(app, 'http://localhost:8080');
  await app.ready();
});
afterAll(() => app.close());

describe('the public listener', () => {
  it.each([
    '/verify',
    '/verify/',
    '/verify/storage:editor',
    '/%76erify',
    '//verify',
    '/VERIFY',
    '/verify?x=1',
    '/introspect',
  ])('answers %s with a refusal, so that a gateway that asks the wrong port lets nobody in', async (url) => {
    for (const method of ['GET', 'HEAD', 'POST'] as const) {
      const answer = await app.inject({ method, url, headers: { authorization: 'Bearer anything' } });
      expect(answer.statusCode).toBe(404);
    }
  });

  it.each(['/api/none', '/api', '/assets/none.js', '/assets', '/favicon.ico', '/.well-known/none'])(
    'has no page at %s',
    async (url) => {
      expect((await app.inject({ url })).statusCode).toBe(404);
    },
  );
});

describe('the portal', () => {
  const pages = pageAddresses.flatMap((address) => [address, `${address}?x=1`, `${address}/`]);
  it.each(pages)('has a page at %s', async (url) => {
    const answer = await app.inject({ url });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  });

  it.each([
    '/none',
    '/profile/none',
    '/api-overview/token/none/none',
    '/sign-in.php',
    '/%00',
    '/wp-login.php',
    '/index.html/x',
  ])('says in a page, with 404, that nothing is at %s', async (url) => {
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await app.inject({ method, url });
      expect([answer.statusCode, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
      expect(answer.headers['cache-control']).toBe('no-cache');
    }
    expect((await app.inject({ url })).body).toContain('<div id="root">');
  });

  it('tells robots to stay away', async () => {
    const answer = await app.inject({ url: '/robots.txt' });
    expect([answer.statusCode, answer.body]).toEqual([200, 'User-agent: *\nDisallow: /\n']);
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
  });

  it('sends password managers to where a password is changed', async () => {
    const answer = await app.inject({ url: '/.well-known/change-password' });
    expect([answer.statusCode, answer.headers.location]).toEqual([302, '/profile#password']);
  });
});
