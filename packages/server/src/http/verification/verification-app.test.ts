/**
 * What a gateway and a service get for each verdict, without a store behind: in front, where plain addresses are answered over a
 * socket, and behind the router, which reads addresses spelt in other ways.
 */
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Demand, TokenIdentity, Verdict } from '@lencana/verifier/node';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { createVerificationApp } from './verification-app.ts';
import { gateFor, NO_REPORTS } from './verification-under-test.ts';

const TOKEN: TokenIdentity = {
  tokenId: 'tok_1',
  tokenName: 'ci',
  secretId: 'aa',
  holderId: 'u1',
  holderName: 'Ana "Ünal"\n',
  holderEmail: 'ana@example.com',
  organizationId: 'default',
  scopes: ['*:editor'],
  createdAtMs: 1_700_000_000_000,
  expiresAtMs: 1_800_000_000_999,
};
const refused = (reason: Extract<Verdict, { outcome: 'refused' }>['reason'], known = true): Verdict => ({
  outcome: 'refused',
  reason,
  token: known ? TOKEN : null,
});
const BEARER = { authorization: 'Bearer cldkctl_x' };

let app: FastifyInstance | undefined;
afterEach(() => app?.close());

async function open(
  verdict: Verdict,
  options: { demandsCredential?: boolean; trusted?: string[] } = {},
): Promise<{ app: FastifyInstance; asked: unknown[][] }> {
  const asked: unknown[][] = [];
  const verifier = {
    verifyNow: async (...question: [string, Demand?]) => {
      asked.push(question);
      return verdict;
    },
  };
  app = await createVerificationApp({
    server: createServer(),
    log: pino({ level: 'silent' }),
    trustedProxies: options.trusted ?? [],
    tokenPrefix: 'cldkctl_',
    outageRefusal: () => null,
    accessLogLevel: 'info',
    isReady: async () => true,
    metricsText: async () => 'lencana_info 1\n',
    verifier,
    gate: gateFor('s'),
    feed: { sync: async () => null, load: async () => null },
    reports: NO_REPORTS,
    demandsCredential: options.demandsCredential ?? false,
  });
  return { app, asked };
}

/** The status of a request sent as these lines, letter for letter. */
async function statusOf(app: FastifyInstance, lines: string[]): Promise<number> {
  const port = await portOf(app);
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
    socket.once('error', reject).once('data', (answer) => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(String(answer))?.[1]));
    });
  });
}

async function portOf(app: FastifyInstance): Promise<number> {
  const server = app.server as Server;
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

type Answer = {
  readonly statusCode: number;
  readonly headers: Record<string, string | string[] | number | undefined>;
  readonly body: string;
  readonly json: () => Record<string, unknown>;
};

async function overSocket(app: FastifyInstance, options: InjectOptions): Promise<Answer> {
  const port = await portOf(app);
  const { method = 'GET', payload } = options;
  const json = typeof payload === 'object';
  const text = json ? JSON.stringify(payload) : (payload ?? '');
  const headers = {
    ...(json ? { 'content-type': 'application/json' } : {}),
    'content-length': Buffer.byteLength(text),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const path = String(options.url);
    const asking = request({ port, host: '127.0.0.1', method, path, headers, agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text) => {
        body += text;
      });
      answer.on('end', () =>
        resolve({
          statusCode: answer.statusCode ?? 0,
          headers: answer.headers,
          body,
          json: () => JSON.parse(body),
        }),
      );
    });
    asking.on('error', reject).end(text);
  });
}

describe.each(['in front', 'behind the router'])('%s', (door) => {
  const ask = (app: FastifyInstance, options: InjectOptions): Promise<Answer> =>
    door === 'in front' ? overSocket(app, options) : app.inject(options);

  describe('/verify', () => {
    it('answers 200 with an empty body and says who it is, in ASCII', async () => {
      const { app } = await open({ outcome: 'active', token: TOKEN });
      const answer = await ask(app, { url: '/verify', headers: BEARER });
      expect([answer.statusCode, answer.body]).toEqual([200, '']);
      expect(answer.headers).toMatchObject({
        'x-lencana-user': 'u1',
        'x-lencana-name': 'Ana%20%22%C3%9Cnal%22%0A',
        'x-lencana-organization': 'default',
        'x-lencana-token': 'tok_1',
        'x-lencana-scopes': '*:editor',
        'x-lencana-expires': '2027-01-15T08:00:00.999Z',
        'cache-control': 'no-store',
      });
    });

    it.each<[Verdict, number, string | undefined]>([
      [
        refused('malformed', false),
        401,
        'error="invalid_token", error_description="The token is not valid."',
      ],
      [refused('unknown', false), 401, 'error="invalid_token", error_description="The token is not valid."'],
      [refused('expired'), 401, 'error_description="The token expired on 2027-01-15T08:00:00.999Z."'],
      [refused('revoked'), 401, 'error_description="The token was deleted."'],
      [refused('secret_replaced'), 401, 'error_description="The token was regenerated; use its new secret."'],
      [refused('holder_deactivated'), 401, 'error_description="The account of this token is deactivated."'],
      [refused('insufficient_scope'), 403, 'error="insufficient_scope", scope="storage:editor"'],
      [{ outcome: 'unavailable' }, 503, undefined],
    ])('answers %j with %i and nobody’s name', async (verdict, status, challenge) => {
      const { app } = await open(verdict);
      const answer = await ask(app, { url: '/verify/storage:editor', headers: BEARER });
      expect([answer.statusCode, answer.body]).toEqual([status, '']);
      expect(String(answer.headers['www-authenticate'] ?? '')).toContain(challenge ?? '');
      expect(answer.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('x-lencana'))).toEqual([]);
    });

    it.each([
      {},
      { authorization: 'Basic eDp5' },
      { authorization: 'Bearer' },
      { authorization: 'Bearer  ' },
    ])('challenges %j without asking, and without an error', async (headers) => {
      const { app, asked } = await open({ outcome: 'active', token: TOKEN });
      const answer = await ask(app, { url: '/verify', headers });
      expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([
        401,
        'Bearer realm="lencana"',
      ]);
      expect(asked).toEqual([]);
    });

    it('takes the demanded scope from the path alone: nothing that a client appends changes it', async () => {
      const { app, asked } = await open({ outcome: 'active', token: TOKEN });
      for (const method of ['GET', 'POST', 'DELETE', 'PUT'] as const) {
        const answer = await ask(app, {
          method,
          url: '/verify/storage:editor?scope=storage:viewer&token=other',
          headers: { ...BEARER, 'x-scope': 'storage:viewer', 'content-type': 'application/json' },
          ...(method === 'GET' ? {} : { payload: '{"scope":' }),
        });
        expect(answer.statusCode).toBe(200);
      }
      expect(asked.map(([, demand]) => (demand as { scope: string }).scope)).toEqual(
        Array.from({ length: 4 }, () => 'storage:editor'),
      );
    });

    it.each([
      '/verify/',
      '/verify/storage',
      '/verify/*:editor',
      '/verify/a:editor/b',
      '/verify/%zz',
      '/verifyx',
    ])('answers %s with 404: a misspelt gateway lets nobody in', async (url) => {
      const { app, asked } = await open({ outcome: 'active', token: TOKEN });
      expect((await ask(app, { url, headers: BEARER })).statusCode).toBe(404);
      expect(asked).toEqual([]);
    });

    it.each([
      'GET /%76erify HTTP/1.1',
      'GET /verif%79/storage:editor HTTP/1.1',
      'GET http://anywhere/verify HTTP/1.1',
      'GET /verify#fragment HTTP/1.1',
      'GET //verify HTTP/1.1',
      'POST /verify;x HTTP/1.1',
      'PROPFIND /verify HTTP/1.1',
    ])('lets nobody in without a token, however the address is written: %s', async (line) => {
      for (const demandsCredential of [false, true]) {
        const { app, asked } = await open({ outcome: 'active', token: TOKEN }, { demandsCredential });
        const status = await statusOf(app, [line, 'Host: x', 'Content-Length: 0', 'Connection: close']);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(asked).toEqual([]);
        await app.close();
      }
    });

    it('refuses two tokens at once: which of them a service would believe nobody knows', async () => {
      const { app, asked } = await open({ outcome: 'active', token: TOKEN });
      const two = ['Authorization: Bearer a', 'Authorization: Bearer b'];
      expect(await statusOf(app, ['GET /verify HTTP/1.1', 'Host: x', 'Connection: close', ...two])).toBe(401);
      expect(asked).toEqual([]);
    });

    it('believes an address only from a gateway named as trusted', async () => {
      const headers = { ...BEARER, 'x-forwarded-for': '203.0.113.7' };
      const stranger = await open({ outcome: 'active', token: TOKEN });
      await ask(stranger.app, { url: '/verify', headers });
      expect(stranger.asked[0]?.[1]).toMatchObject({ address: '127.0.0.1' });
      const trusted = await open({ outcome: 'active', token: TOKEN }, { trusted: ['127.0.0.1'] });
      await ask(trusted.app, { url: '/verify', headers });
      expect(trusted.asked[0]?.[1]).toMatchObject({ address: '203.0.113.7' });
    });

    it('demands a client credential where it is reached from elsewhere', async () => {
      const { app, asked } = await open({ outcome: 'active', token: TOKEN }, { demandsCredential: true });
      const basic = (text: string) => ({
        ...BEARER,
        'lencana-client-authorization': `Basic ${Buffer.from(text).toString('base64')}`,
      });
      expect((await ask(app, { url: '/verify', headers: BEARER })).statusCode).toBe(403);
      expect((await ask(app, { url: '/verify', headers: basic('client_1:wrong') })).statusCode).toBe(403);
      expect(asked).toEqual([]);
      expect((await ask(app, { url: '/verify', headers: basic('client_1:s') })).statusCode).toBe(200);
    });
  });

  describe('/introspect', () => {
    const form = (body: string, authorization?: string) => ({
      method: 'POST' as const,
      url: '/introspect',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(authorization ? { authorization } : {}),
      },
      payload: body,
    });
    const BASIC = `Basic ${Buffer.from('client_1:s').toString('base64')}`;

    it('answers as RFC 7662 says, for a client by header or in the form', async () => {
      const { app } = await open({ outcome: 'active', token: TOKEN });
      for (const request of [form('token=x', BASIC), form('token=x&client_id=client_1&client_secret=s')]) {
        const answer = await ask(app, request);
        expect(answer.statusCode).toBe(200);
        expect(answer.json()).toEqual({
          active: true,
          token_type: 'Bearer',
          scope: '*:editor',
          sub: 'u1',
          username: 'ana@example.com',
          name: TOKEN.holderName,
          organization_id: 'default',
          jti: 'tok_1',
          iat: 1_700_000_000,
          exp: 1_800_000_000,
        });
      }
    });

    it('says nothing of a token that is not active', async () => {
      const { app } = await open(refused('expired'));
      expect((await ask(app, form('token=x', BASIC))).json()).toEqual({ active: false });
    });

    it.each([
      [form('token=x'), 401, 'invalid_client'],
      [form('token=x', 'Basic !!!'), 401, 'invalid_client'],
      [form('token=x&client_id=client_1&client_secret=no'), 401, 'invalid_client'],
      [form('', BASIC), 400, 'invalid_request'],
      [form('token=x&token=y', BASIC), 400, 'invalid_request'],
    ])('refuses %j with %i %s', async (request, status, error) => {
      const { app, asked } = await open({ outcome: 'active', token: TOKEN });
      const answer = await ask(app, request);
      expect([answer.statusCode, answer.json().error]).toEqual([status, error]);
      expect(asked).toEqual([]);
    });

    it('takes only a form, only by POST, and says so', async () => {
      const { app } = await open({ outcome: 'active', token: TOKEN });
      expect(
        (await ask(app, { method: 'POST', url: '/introspect', payload: { token: 'x' } })).statusCode,
      ).toBe(400);
      const get = await ask(app, { url: '/introspect?token=x' });
      expect([get.statusCode, get.headers.allow]).toEqual([405, 'POST']);
    });

    it('reads no more than 16 kB, and judges nothing of it', async () => {
      const { app, asked } = await open({ outcome: 'active', token: TOKEN });
      const answer = await ask(app, form(`token=${'x'.repeat(17_000)}`, BASIC));
      expect([answer.statusCode, answer.json().error]).toEqual([413, 'invalid_request']);
      expect(asked).toEqual([]);
    });

    it('is unavailable rather than wrong', async () => {
      const { app } = await open({ outcome: 'unavailable' });
      expect((await ask(app, form('token=x', BASIC))).statusCode).toBe(503);
    });
  });
});
