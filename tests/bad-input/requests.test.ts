import { describe, expect, test } from 'vitest';
import { bearer, clientOf } from '../api-client.ts';
import { onBothStores, problem, unusedName } from './scene.ts';

onBothStores((scene, given) => {
  describe.each(given)('a request by $by', ({ client }) => {
    const post = (call: { raw: string | Uint8Array; headers?: Record<string, string> }) =>
      client().call('POST', '/api/v1/tokens', call);

    test.each([
      ['cut off', '{"name":'],
      ['no JSON', 'name=x'],
      ['two documents', '{"name":"x"}{"name":"y"}'],
      ['a bare word', 'undefined'],
      ['bytes that are no UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d)],
      ['empty', ''],
    ])('with a body that is %s is refused as invalid_json', async (_what, raw) => {
      const answer = await post({ raw });
      expect([answer.status, problem(answer).code]).toEqual([400, 'invalid_json']);
    });

    test('nested a thousand deep is refused', async () => {
      const answer = await post({ raw: `{"name":${'['.repeat(1000)}${']'.repeat(1000)}}` });
      expect(answer.status).toBe(400);
      expect(problem(answer).code).toMatch(/^invalid_(json|request)$/);
    });

    test('with a member that would reach the prototype of objects is refused', async () => {
      const answer = await post({ raw: '{"name":"x","__proto__":{"role":"administrator"}}' });
      expect(answer.status).toBe(400);
      expect(problem(answer).code).toMatch(/^invalid_(json|request)$/);
    });

    test('with a body over a megabyte is refused as body_too_large', async () => {
      const answer = await post({ raw: JSON.stringify({ name: 'x'.repeat(1_100_000) }) });
      expect([answer.status, problem(answer).code]).toEqual([413, 'body_too_large']);
    });

    test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
      'with a body of type %s is refused as unsupported_media_type',
      async (type) => {
        const answer = await post({ raw: '{"name":"x"}', headers: { 'content-type': type } });
        expect([answer.status, problem(answer).code]).toEqual([415, 'unsupported_media_type']);
      },
    );

    test.each([
      ['too short to be random', 'retry-1'],
      ['longer than 255 characters', 'a'.repeat(256)],
    ])('with an idempotency key %s is refused', async (_what, key) => {
      const answer = await client().call('POST', '/api/v1/tokens', {
        body: { name: unusedName() },
        headers: { 'idempotency-key': key },
      });
      expect(answer.status).toBe(400);
      expect(problem(answer).code).toBe('invalid_request');
    });

    test.each([
      ['limit=0'],
      ['limit=101'],
      ['limit=many'],
      ['status=gone'],
      ['sort=secret'],
      ['cursor=%00garbage'],
      ['cursor=eyJhIjoxfQ'],
      ['unknown=1'],
    ])('for a list with %s is refused as invalid_request', async (query) => {
      const answer = await client().call('GET', `/api/v1/tokens?${query}`);
      expect([answer.status, problem(answer).code], answer.text).toEqual([400, 'invalid_request']);
    });

    test.each([
      ['PUT', '/api/v1/tokens', ['GET', 'POST']],
      ['DELETE', '/api/v1/me', ['GET']],
      ['POST', '/api/v1/portal', ['GET']],
    ])('%s %s is refused with what is allowed', async (method, path, allowed) => {
      const answer = await client().call(method, path);
      expect([answer.status, problem(answer).code]).toEqual([405, 'method_not_allowed']);
      const allow = (answer.headers.get('allow') ?? '').split(/,\s*/);
      for (const each of allowed) expect(allow).toContain(each);
      expect(allow).not.toContain(method);
    });

    test.each(['/api/v1/nothing', '/api/v1/tokens/a/b', '/api/v2/tokens', '/api/'])(
      'for %s finds nothing, as a problem and not as a page',
      async (path) => {
        const answer = await client().call('GET', path);
        expect([answer.status, problem(answer).code]).toEqual([404, 'not_found']);
      },
    );
  });

  describe('a request without valid credentials', () => {
    const secretLike = 'cldkctl_ABCDEFGHIJKLMNOPQRSTUVWXYZ3zTzEP';

    test.each([
      ['nothing', {}, 'unauthenticated'],
      ['a cookie made up', { cookie: 'lencana-00000000.session_token=made.up' }, 'unauthenticated'],
      ['a well-formed secret never issued', bearer(secretLike), 'invalid_token'],
      ['a secret with a typo', bearer(secretLike.replace('A', 'B')), 'invalid_token'],
      ['an empty bearer', { authorization: 'Bearer ' }, 'invalid_token'],
      ['a very long bearer', bearer('x'.repeat(7000)), 'invalid_token'],
      ['another scheme', { authorization: 'Basic YTpi' }, 'invalid_token'],
    ])('with %s is refused', async (_what, headers, code) => {
      const answer = await clientOf(scene.server, headers).call('GET', '/api/v1/me');
      expect([answer.status, problem(answer).code]).toEqual([401, code]);
    });

    test('with the cookie of a session under another signature is refused', async () => {
      const cookie = scene.session.credentials.cookie ?? '';
      const [, name, token, signature = ''] = /^(.*?)=([^.]+)\.(.+)$/.exec(cookie) ?? [];
      expect(name).toMatch(/^lencana-[0-9a-f]{8}\.session_token$/);
      const swapped = signature.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
      const forged = clientOf(scene.server, { cookie: `${name}=${token}.${swapped}` });
      const answer = await forged.call('GET', '/api/v1/me');
      expect([answer.status, problem(answer).code]).toEqual([401, 'unauthenticated']);
      expect((await clientOf(scene.server, { cookie }).call('GET', '/api/v1/me')).status).toBe(200);
    });

    test('with a wrong token and a good session is refused: the token speaks', async () => {
      const both = { ...scene.session.credentials, ...bearer(secretLike) };
      const answer = await clientOf(scene.server, both).call('GET', '/api/v1/me');
      expect(answer.status).toBe(401);
    });
  });
});
