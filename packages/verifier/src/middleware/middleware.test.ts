/** One contract that the middleware of every framework keeps, in a real server of that framework. */
import { request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Demand, TokenIdentity, Verdict } from '../verdict.ts';
import { type ExpressRequestLike, requireToken as forExpress } from './express.ts';
import { type FastifyRequestLike, requireToken as forFastify } from './fastify.ts';
import type { GuardOptions } from './guard.ts';
import { requireToken as forHono, type HonoContextLike } from './hono.ts';

const IDENTITY: TokenIdentity = {
  tokenId: 'tok_1',
  tokenName: 'ci',
  secretId: 'aa',
  holderId: 'u1',
  holderName: 'Ayu',
  holderEmail: 'ayu@example.com',
  organizationId: 'default',
  scopes: ['*:viewer'],
  createdAtMs: 1,
  expiresAtMs: 0,
};

/** Gives the verdict that a token names, and remembers what it was asked. */
class VerifierUnderTest {
  readonly asked: { presented: string; demand: Demand | undefined }[] = [];

  async verify(presented: string, demand?: Demand): Promise<Verdict> {
    this.asked.push({ presented, demand });
    switch (presented) {
      case 'good':
        return { outcome: 'active', token: IDENTITY };
      case 'away':
        return { outcome: 'unavailable' };
      case 'broken':
        throw new Error('the verifier has a bug');
      case 'expired':
      case 'revoked':
      case 'holder_deactivated':
      case 'secret_replaced':
      case 'insufficient_scope':
        return { outcome: 'refused', reason: presented, token: IDENTITY };
      default:
        return { outcome: 'refused', reason: 'unknown', token: null };
    }
  }
}

type Options = GuardOptions & { addressFrom?: string };
type Framework = (verifier: VerifierUnderTest, options: Options, reached: () => void) => Promise<string>;

const urlOf = (server: { address(): AddressInfo | string | null }) => {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server is not listening');
  return `http://127.0.0.1:${address.port}`;
};

const frameworks: Record<string, Framework> = {
  fastify: async (verifier, { addressFrom, ...options }, reached) => {
    const app = fastify();
    const addressOf = ({ headers }: FastifyRequestLike) => String(headers[addressFrom ?? '']);
    const more = addressFrom === undefined ? {} : { addressOf };
    app.addHook('onRequest', forFastify(verifier, { ...options, ...more }));
    app.all('/', async (request) => {
      reached();
      return { holder: request.token?.holderId };
    });
    onTestFinished(() => app.close());
    await app.listen({ host: '127.0.0.1', port: 0 });
    return urlOf(app.server);
  },
  express: async (verifier, { addressFrom, ...options }, reached) => {
    const app = express();
    const addressOf = ({ headers }: ExpressRequestLike) => String(headers[addressFrom ?? '']);
    const guard =
      addressFrom === undefined
        ? forExpress(verifier, options)
        : forExpress(verifier, { ...options, addressOf });
    app.all('/', guard, (request, response) => {
      reached();
      response.json({ holder: request.token?.holderId });
    });
    const server = await new Promise<Server>((resolve) => {
      const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
    });
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    return urlOf(server);
  },
  hono: async (verifier, { addressFrom, ...options }, reached) => {
    const app = new Hono();
    const addressOf = (context: HonoContextLike) => context.req.header(addressFrom ?? '');
    const guard =
      addressFrom === undefined ? forHono(verifier, options) : forHono(verifier, { ...options, addressOf });
    app.use(guard);
    app.all('/', (context) => {
      reached();
      return context.json({ holder: context.get('token').holderId });
    });
    const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
      const listening = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(listening));
    });
    onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
    return urlOf(server);
  },
};

type Answer = { status: number | undefined; headers: IncomingMessage['headers']; body: string };

/** A flat list of names and values: what `fetch` would join or refuse goes out as it stands. */
function call(url: string, headers: string[], method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const all = ['host', new URL(url).host, 'connection', 'close', 'content-length', '0', ...headers];
    const request = httpRequest(url, { method, headers: all }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.once('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    });
    request.once('error', reject);
    request.end();
  });
}

describe.each(Object.entries(frameworks))('%s', (_name, start) => {
  async function guarded(options: Options = {}) {
    const verifier = new VerifierUnderTest();
    let reached = 0;
    const url = await start(verifier, options, () => reached++);
    const ask = (token: string, method?: string) => call(url, ['authorization', `Bearer ${token}`], method);
    return { verifier, url, ask, reached: () => reached };
  }

  test('lets a good token in, with who it is', async () => {
    const { ask, verifier } = await guarded();
    const { status, body } = await ask('good');
    expect({ status, body: JSON.parse(body) }).toEqual({ status: 200, body: { holder: 'u1' } });
    expect(verifier.asked).toEqual([{ presented: 'good', demand: { address: '127.0.0.1' } }]);
  });

  test('tells the verifier scope, address and client', async () => {
    const { url, verifier } = await guarded({ scope: 'reports:editor', addressFrom: 'x-peer' });
    const headers = ['authorization', 'bearer  good', 'user-agent', 'curl/8', 'x-peer', '203.0.113.7'];
    expect((await call(url, headers)).status).toBe(200);
    expect(verifier.asked).toEqual([
      { presented: 'good', demand: { scope: 'reports:editor', address: '203.0.113.7', agent: 'curl/8' } },
    ]);
  });

  test.each([
    ['no header', []],
    ['another scheme', ['authorization', 'Basic Z29vZA==']],
    ['nothing after the scheme', ['authorization', 'Bearer ']],
    ['two headers', ['authorization', 'Bearer good', 'Authorization', 'Bearer good']],
    ['a token in the address', ['x-authorization', 'Bearer good']],
  ])('refuses %s with a challenge that carries no error, and asks nobody', async (_what, headers) => {
    const { url, verifier, reached } = await guarded();
    const answer = await call(`${url}/?access_token=good`, headers);
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="lencana"');
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json\b/);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(JSON.parse(answer.body)).toEqual({
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      code: 'unauthenticated',
      detail: 'Send one token as "Authorization: Bearer <token>".',
    });
    expect([verifier.asked, reached()]).toEqual([[], 0]);
  });

  test.each([
    ['nobody’s', 'The token is not valid.'],
    ['expired', 'The token expired on 1970-01-01T00:00:00.000Z.'],
    ['revoked', 'The token was deleted.'],
    ['holder_deactivated', 'The account of this token is deactivated.'],
    ['secret_replaced', 'The token was regenerated; use its new secret.'],
  ])('refuses a token that is %s, and says why only to its holder', async (token, sentence) => {
    const { ask, reached } = await guarded({ realm: 'reports' });
    const answer = await ask(encodeURIComponent(token));
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe(
      `Bearer realm="reports", error="invalid_token", error_description="${sentence}"`,
    );
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'invalid_token', detail: sentence });
    expect(reached()).toBe(0);
  });

  test('refuses a token without the scope as 403, naming the scope', async () => {
    const { ask, reached } = await guarded({ scope: 'reports:editor' });
    const answer = await ask('insufficient_scope');
    expect(answer.status).toBe(403);
    expect(answer.headers['www-authenticate']).toBe(
      'Bearer realm="lencana", error="insufficient_scope", scope="reports:editor"',
    );
    expect(JSON.parse(answer.body)).toMatchObject({ title: 'Forbidden', code: 'insufficient_scope' });
    expect(reached()).toBe(0);
  });

  test('answers 503 when it cannot be decided, and lets nobody in', async () => {
    const { ask, reached } = await guarded();
    const answer = await ask('away');
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(answer.headers['www-authenticate']).toBeUndefined();
    expect(JSON.parse(answer.body)).toMatchObject({ status: 503, code: 'unavailable' });
    expect(reached()).toBe(0);
  });

  test('lets nobody in when the verifier itself fails', async () => {
    const { ask, reached } = await guarded();
    expect((await ask('broken')).status).toBe(500);
    expect(reached()).toBe(0);
  });

  test.each(['HEAD', 'OPTIONS', 'POST', 'DELETE'])('judges %s like anything else', async (method) => {
    const { ask, url, reached } = await guarded();
    expect((await call(url, [], method)).status).toBe(401);
    expect(reached()).toBe(0);
    expect((await ask('good', method)).status).toBe(200);
  });

  test.each([{ scope: 'reports' }, { scope: '*:editor' }, { realm: 'a"b' }, { realm: '' }])(
    'refuses %j at the start',
    async (options) => {
      await expect(guarded(options)).rejects.toThrow(TypeError);
    },
  );
});
