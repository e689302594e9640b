/** When the database is away: nobody is let in, nothing is half done, everybody is told, and it mends by itself. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { ayu, bearer, clientOf, signUp, verify } from './api-client.ts';
import { linkTo } from './cuttable-link.ts';
import { createDatabase } from './postgres.ts';
import { startServer } from './server-process.ts';

const url = new URL(await createDatabase(inject('postgresUrl')));
const link = await linkTo(url.hostname, Number(url.port));
url.port = String(link.port);
const server = await startServer({ env: { LENCANA_DATABASE_URL: url.href } });
afterAll(async () => {
  await server.stop();
  await link.close();
});
const person = await signUp(server, ayu);
const { token, secret } = await person.createToken({ name: 'before' });
const withToken = clientOf(server, bearer(secret));

describe.each([
  ['its connections are dropped', () => link.cut()],
  ['it swallows everything', async () => link.blackHole()],
] as const)('when the database is cut off and %s', (how, cutOff) => {
  test('verification answers 503, changes say that nothing is certain, and all is well after', async () => {
    expect((await verify(server, secret)).status).toBe(200);
    await cutOff();
    // For as long as the lease lasts, which no database can take back: one second at the most.
    await until(async () => (await verify(server, secret)).status !== 200);
    const refused = await verify(server, secret);
    expect([refused.status, refused.headers.get('retry-after'), refused.text]).toEqual([503, '1', '']);
    const name = `during: ${how}`;
    const [create, remove, list, ready] = await Promise.all([
      withToken.call('POST', '/api/v1/tokens', { body: { name } }),
      person.call('DELETE', `/api/v1/tokens/${token.id}`),
      person.call('GET', '/api/v1/tokens'),
      person.call('GET', '/readyz'),
    ]);
    for (const answer of [create, remove, list]) {
      expect([answer.status, (answer.body as { code: string }).code]).toEqual([503, 'unavailable']);
      expect(answer.text).not.toMatch(/ECONN|timeout|postgres|terminated/i);
    }
    expect(ready.status).toBe(503);
    await link.mend();
    await until(async () => (await verify(server, secret)).status === 200);
    const names = (await person.call('GET', '/api/v1/tokens')).text;
    expect(names).toContain('"before"');
    expect(names).not.toContain(name);
    expect((await person.call('GET', '/readyz')).status).toBe(200);
  });
});

test('a server that cannot reach its database at start says so in a line and exits', async () => {
  await link.cut();
  const { code, stderr } = await server.cli(['migrate']);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^lencana: The database cannot be reached .*LENCANA_DATABASE_URL.*\n$/);
  expect(stderr).not.toContain(url.password);
  await link.mend();
  expect((await server.cli(['migrate'])).code).toBe(0);
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + 10_000; ; await delay(50)) {
    if (await holds()) return;
    if (Date.now() > endMs) throw new Error('it did not mend within ten seconds');
  }
}
