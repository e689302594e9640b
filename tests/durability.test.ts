import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { ayu, bearer, type Client, clientOf, signUp, type Token, verify } from './api-client.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const rounds = 6;
const writersPerRound = 4;

const running: ServerProcess[] = [];
afterAll(async () => {
  await Promise.all(running.map((server) => server.kill()));
});

/** `deleting`: deletion asked for but not answered, so that either outcome is right. */
type Acknowledged = { created: Map<string, string>; deleting: Set<string>; revoked: Set<string> };

describe.each(['sqlite', 'postgres'] as const)(
  'on %s, when the server is killed again and again',
  (database) => {
    test('every token whose creation was answered works, every one whose deletion was answered does not', async () => {
      const server = await startServer({ database });
      running.push(server);
      const ayus = await signUp(server, ayu);
      const known: Acknowledged = { created: new Map(), deleting: new Set(), revoked: new Set() };
      for (let round = 0; round < rounds; round += 1) {
        const before = known.created.size;
        const writing = Promise.all(
          Array.from({ length: writersPerRound }, (_, writer) => write(ayus, known, `${round}.${writer}`)),
        );
        await until(() => known.created.size >= before + 5 + round * 3);
        await server.kill('SIGKILL');
        await writing;
        await server.start();
        await judge(server, known);
      }
      expect(known.created.size).toBeGreaterThan(rounds * 5);
      expect(known.revoked.size).toBeGreaterThan(0);
      await listedAsAcknowledged(ayus, known);
      await server.stop();
    });
  },
);

/** Makes tokens, and deletes every third, until the server stops answering. */
async function write(client: Client, known: Acknowledged, writer: string): Promise<void> {
  for (let at = 0; ; at += 1) {
    try {
      const { token, secret } = await client.createToken({ name: `${writer}.${at}` });
      known.created.set(token.id, secret);
      if (at % 3 !== 2) continue;
      known.deleting.add(token.id);
      const deleted = await client.call('DELETE', `/api/v1/tokens/${token.id}`);
      if (deleted.status !== 200) throw new Error(`the deletion was refused: ${deleted.text}`);
      known.revoked.add(token.id);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return;
    }
  }
}

async function judge(server: ServerProcess, { created, deleting, revoked }: Acknowledged): Promise<void> {
  for (const [id, secret] of created) {
    const { status } = await verify(server, secret);
    if (revoked.has(id)) expect(status, `deleted: ${id}`).toBe(401);
    else if (!deleting.has(id)) expect(status, `created: ${id}`).toBe(200);
  }
}

async function listedAsAcknowledged(
  client: Client,
  { created, deleting, revoked }: Acknowledged,
): Promise<void> {
  const listed = new Map<string, Token>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const page = await client.call('GET', `/api/v1/tokens?limit=100${cursor && `&cursor=${cursor}`}`);
    const body = page.body as { tokens: Token[]; next_cursor: string | null };
    for (const token of body.tokens) listed.set(token.id, token);
    cursor = body.next_cursor;
  }
  for (const id of created.keys()) {
    if (revoked.has(id)) expect(listed.has(id)).toBe(false);
    else if (!deleting.has(id)) expect(listed.get(id)?.status).toBe('active');
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += 5) {
    if (waitedMs > 20_000) throw new Error('the writers made no progress');
    await delay(5);
  }
}

test('a token made by a server that was killed while answering is found by the retry with the same key', async () => {
  const server = await startServer();
  running.push(server);
  const ayus = await signUp(server, ayu);
  const key = crypto.randomUUID();
  const create = () =>
    ayus.call('POST', '/api/v1/tokens', {
      body: { name: 'once' },
      headers: { 'idempotency-key': key },
    });
  const [first] = await Promise.allSettled([create(), server.kill('SIGKILL')]);
  await server.start();
  const again = await create();
  expect(again.status).toBe(201);
  const { token, secret } = again.body as { token: Token; secret: string };
  if (first.status === 'fulfilled' && first.value.status === 201) {
    expect(first.value.body).toEqual(again.body);
  }
  const list = await ayus.call('GET', '/api/v1/tokens');
  expect((list.body as { tokens: Token[] }).tokens.map(({ id }) => id)).toEqual([token.id]);
  expect((await clientOf(server, bearer(secret)).call('GET', '/api/v1/me')).status).toBe(200);
});
