/**
 * Text as people send it: bodies in other encodings, ends that are null, and blanks and line ends around secrets, by every way by which
 * a secret arrives. The routes of the API come from its own description, so that a new one is tried too.
 */
import { request as httpRequest } from 'node:http';
import { createVerifier, type Verifier } from '@lencana/verifier';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ayu, bearer, type Client, clientOf, signUp, type Token } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { problem } from './scene.ts';

let server: ServerProcess;
let session: Client;
let secret: string;
let credential: { id: string; secret: string };
let embedded: Verifier;

beforeAll(async () => {
  server = await startServer();
  session = await signUp(server, ayu);
  secret = (await session.createToken({ name: 'as sent' })).secret;
  const made = await server.cli(['client', 'create', '--name', 'a service', '--json']);
  expect(made.code, made.stderr).toBe(0);
  const { client_id, client_secret } = JSON.parse(made.stdout);
  credential = { id: client_id, secret: client_secret };
  embedded = createVerifier({ url: server.verificationUrl, credential });
});
afterAll(async () => {
  await embedded?.close();
  await server?.stop();
});

describe('a body', () => {
  const post = (raw: string | Uint8Array, type: string, path = '/api/v1/tokens') =>
    session.call('POST', path, { raw, headers: { 'content-type': type } });

  test('that is not UTF-8 is refused and keeps nothing', async () => {
    const before = (await session.call('GET', '/api/v1/tokens')).body;
    const answer = await post(Buffer.from('{"name":"caf\xe9"}', 'latin1'), 'application/json');
    expect([answer.status, problem(answer).code]).toEqual([400, 'invalid_json']);
    expect((await session.call('GET', '/api/v1/tokens')).body).toEqual(before);
  });

  test.each(['/api/auth/sign-in/email', '/api/auth/update-user'])('for %s neither', async (path) => {
    const answer = await post(Buffer.from('{"name":"caf\xe9"}', 'latin1'), 'application/json', path);
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([400, 'INVALID_BODY']);
  });

  test('declared as another charset is refused, declared as UTF-8 taken', async () => {
    const utf16 = Buffer.from('{"name":"x"}', 'utf16le');
    const refused = await post(utf16, 'application/json; charset=utf-16');
    expect([refused.status, problem(refused).code]).toEqual([415, 'unsupported_media_type']);
    const account = await post(utf16, 'application/json; charset=utf-16', '/api/auth/update-user');
    expect(account.status).toBe(415);
    const taken = await post('{"name":"café"}', 'application/json; charset="UTF-8"');
    expect((taken.body as { token: Token }).token.name).toBe('café');
  });

  test.each([
    ['expires_at', { expires_at: null }],
    ['expires_on', { expires_on: null, time_zone: null }],
  ])('whose %s is null makes a token that never ends', async (name, end) => {
    const answer = await session.call('POST', '/api/v1/tokens', { body: { name, ...end } });
    expect(answer.status, answer.text).toBe(201);
    const { token } = answer.body as { token: Token };
    expect(token.expires_at).toBeNull();
  });
});

/** Blanks that a header may hold around its value, and those that a form or a program may. */
const IN_HEADERS = ['', ' ', '\t', ' \t '];
const ANYWHERE = [...IN_HEADERS, '\n', '\r\n', ' \r\n\t'];

describe('a secret with blanks around it works by', () => {
  test('every route of the API that takes one', async () => {
    const { paths } = (await session.call('GET', '/openapi.json')).body as {
      paths: Record<string, Record<string, { security?: unknown[] }>>;
    };
    const routes = Object.entries(paths)
      .filter(([, { get }]) => get && get.security?.length !== 0)
      .map(([path]) => path.replace(/\{\w+\}/g, 'tok_none'));
    expect(routes).toContain('/api/v1/me');
    for (const route of routes) {
      for (const blanks of IN_HEADERS) {
        const status = await statusOf(server.localUrl + route, {
          authorization: `Bearer ${blanks}${secret}${blanks}`,
        });
        expect(status, `${route} with ${JSON.stringify(blanks)}`).not.toBe(401);
      }
    }
  });

  test.each(IN_HEADERS)('/verify and a scope, with %j', async (blanks) => {
    const authorization = `Bearer ${blanks}${secret}${blanks}`;
    expect(await statusOf(`${server.verificationUrl}/verify`, { authorization })).toBe(200);
    expect(await statusOf(`${server.verificationUrl}/verify/reports:viewer`, { authorization })).toBe(200);
  });

  test.each(ANYWHERE)('/introspect, with %j around the token and around the credential', async (blanks) => {
    const around = (text: string) => `${blanks}${text}${blanks}`;
    const basic = Buffer.from(`${credential.id}:${credential.secret}${blanks}`).toString('base64');
    const inForm = { client_id: credential.id, client_secret: around(credential.secret) };
    for (const [form, headers] of [
      [{ token: around(secret) }, { authorization: `Basic ${basic}` }],
      [{ token: around(secret), ...inForm }, {}],
    ] as const) {
      const answer = await fetch(`${server.verificationUrl}/introspect`, {
        method: 'POST',
        headers,
        body: new URLSearchParams(form),
      });
      expect(await answer.json()).toMatchObject({ active: true });
    }
  });

  test.each(ANYWHERE)('a verifier inside of a service, with %j', async (blanks) => {
    expect(await embedded.verify(blanks + secret + blanks)).toMatchObject({ outcome: 'active' });
  });

  test('no way when there is a blank in its midst', async () => {
    const broken = `${secret.slice(0, 20)} ${secret.slice(20)}`;
    expect((await clientOf(server, bearer(broken)).call('GET', '/api/v1/me')).status).toBe(401);
    expect(await embedded.verify(broken)).toMatchObject({ outcome: 'refused' });
  });
});

/** With headers to the letter: fetch would take the blanks away itself. */
function statusOf(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { headers }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end();
  });
}
