import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Token } from '../api-client.ts';
import { onBothStores, problem, total, unusedName } from './scene.ts';

const description = JSON.parse(
  readFileSync(new URL('../../packages/server/openapi.gen.json', import.meta.url), 'utf8'),
) as { paths: Record<string, Record<string, { responses: Record<string, unknown> }>> };

/** Every operation but the one whose answer is the same for everybody. */
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods)
    .filter(() => path !== '/api/v1/portal')
    .map(([method]) => [method.toUpperCase(), path] as const),
);

onBothStores((scene) => {
  test.each(operations)('a page of another account is refused: %s %s', async (method, path) => {
    const { token } = await scene.session.createToken({ name: unusedName() });
    const before = await total(scene.session);
    for (const account of [await idOf(scene.other), 'x', '']) {
      const answer = await scene.session.call(method, path.replace('{id}', token.id), {
        headers: { 'x-lencana-account': account, 'idempotency-key': 'k'.repeat(32) },
        ...(method === 'POST' && { body: { name: unusedName() } }),
      });
      expect([answer.status, problem(answer).code], account).toEqual([409, 'account_changed']);
      expect(answer.text).not.toContain(token.name);
    }
    expect(await total(scene.session)).toBe(before);
    const still = await scene.session.call('GET', `/api/v1/tokens/${token.id}`);
    expect((still.body as { token: Token }).token.status).toBe('active');
  });

  test('a page of the account that is signed in is answered', async () => {
    const headers = { 'x-lencana-account': await idOf(scene.session) };
    expect((await scene.session.call('GET', '/api/v1/tokens', { headers })).status).toBe(200);
  });

  async function idOf(client: typeof scene.session): Promise<string> {
    return ((await client.call('GET', '/api/v1/me')).body as { user: { id: string } }).user.id;
  }
});
