/** What the public listener answers where it has no route: pages for people, refusals for programs. */
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPortalFiles } from './portal-files.ts';

let app: FastifyInstance;
beforeAll(async () => {
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
