import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { Answer, Problem, Token } from '../api-client.ts';
import { onBothStores, problem, type Scene, total, unusedName } from './scene.ts';

onBothStores((scene, given) => {
  describe.each(given)("another's token asked for by $by", ({ client }) => {
    test.each(['GET', 'DELETE'])('cannot be told from an absent one: %s', async (method) => {
      const { token } = await scene.other.createToken({ name: unusedName() });
      const absent = mutated(token.id);
      const answers = await Promise.all(
        [token.id, absent].map((id) => client().call(method, `/api/v1/tokens/${id}`)),
      );
      const [theirs, nobodys] = answers.map((answer) => comparable(answer));
      expect(answers[0]?.status).toBe(404);
      expect(theirs).toEqual(nobodys);
      const still = await scene.other.call('GET', `/api/v1/tokens/${token.id}`);
      expect((still.body as { token: Token }).token.status).toBe('active');
    });

    test.each(['GET', 'DELETE'])('and an invalid id is not there either: %s', async (method) => {
      for (const id of ['x', '..%2f..%2fme', '%00', '%', '%zz', '0'.repeat(500), "1' OR '1'='1"]) {
        const answer = await client().call(method, `/api/v1/tokens/${id}`);
        expect([answer.status, problem(answer).code], id).toEqual([404, 'not_found']);
      }
    });

    test('is not found by searching for what no name can be', async () => {
      for (const q of ['%00', '%25', '_', "'--", '%F0%9F%8E%AB', '%5C', 'x'.repeat(100)]) {
        const found = await client().call('GET', `/api/v1/tokens?q=${q}`);
        expect([found.status, (found.body as { total: number }).total], q).toEqual([200, 0]);
      }
    });

    test('is not in the list, whatever is searched for', async () => {
      const { token } = await scene.other.createToken({ name: `hidden ${unusedName()}` });
      const found = await client().call('GET', '/api/v1/tokens?q=hidden&limit=100');
      expect(found.text).not.toContain(token.id);
      expect((found.body as { total: number }).total).toBe(0);
    });
  });

  describe('a request from another site', () => {
    test.each([
      ['another origin', { origin: 'https://evil.example' }],
      ['a null origin', { origin: 'null' }],
      ['the origin with another port', { origin: 'http://localhost:1' }],
      ['no origin', { origin: '' }],
    ])('with the session cookie and %s changes nothing', async (_what, headers) => {
      const before = await total(scene.session);
      const answer = await rawPost(scene, headers.origin);
      expect([answer.status, problem(answer).code]).toEqual([403, 'cross_site_request']);
      expect(await total(scene.session)).toBe(before);
    });

    test('may not read with credentials: no CORS header names it', async () => {
      const answer = await scene.session.call('GET', '/api/v1/me', {
        headers: { origin: 'https://evil.example' },
      });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    });
  });
});

/** An id of the same shape that nobody has. */
function mutated(id: string): string {
  const digest = createHash('sha256').update(id).digest('hex');
  let at = 0;
  return id.replace(/[0-9a-f](?=[^-]{3})/g, () => digest[at++ % 64] ?? '0');
}

/** All of an answer that may not differ: everything but when it was and which request it answers. */
function comparable(answer: Answer): unknown {
  const { request_id, ...body } = answer.body as Problem;
  const headers = [...answer.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
  return { status: answer.status, headers, text: answer.text.replace(request_id, 'ID'), body };
}

/** fetch insists on an origin of its own in places: a request with exactly the given one, or none. */
function rawPost({ server, session }: Scene, origin: string): Promise<Answer> {
  const url = new URL('/api/v1/tokens', server.localUrl);
  const headers = { ...session.credentials, 'content-type': 'application/json', ...(origin && { origin }) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => {
        const received = Object.entries(response.headers).flatMap(([name, value]) =>
          typeof value === 'string' ? [[name, value] as [string, string]] : [],
        );
        resolve({
          status: response.statusCode ?? 0,
          headers: new Headers(received),
          text,
          body: JSON.parse(text),
        });
      });
    });
    sent.once('error', reject);
    sent.end(JSON.stringify({ name: 'from another site' }));
  });
}
