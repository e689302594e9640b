/** Tokens that make tokens while they are taken away, over HTTP and by the command, on one node and on two. */
import { afterEach, describe, expect, test } from 'vitest';
import { ayu, bearer, type Client, clientOf, signUp, verify } from './api-client.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const running: ServerProcess[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.kill()));
});

async function started(...options: Parameters<typeof startServer>): Promise<ServerProcess> {
  const server = await startServer(...options);
  running.push(server);
  return server;
}

let made = 0;
const LOOPS = 8;
const ROUNDS = 4;

/** Makes tokens until it is refused for good. The names of those that were made are told. */
async function makeUntilRefused(makers: readonly Client[]): Promise<string[]> {
  const names: string[] = [];
  await Promise.all(
    Array.from({ length: LOOPS }, async (_, at) => {
      const maker = makers[at % makers.length];
      for (;;) {
        const name = `made ${made++}`;
        const answer = await maker?.call('POST', '/api/v1/tokens', { body: { name } });
        if (answer?.status === 401) return;
        if (answer?.status === 201) names.push(name);
      }
    }),
  );
  return names;
}

const livingOf = async (person: Client) =>
  ((await person.call('GET', '/api/v1/tokens?limit=1')).body as { total: number }).total;

/**
 * Of a maker that is deleted together with what it made, nothing lives: not what was made before, and not what was queued past the look
 * at the presented token when the deletion was committed. Several times, because a race is not lost each time.
 */
async function expectNoneLeft(person: Client, at: readonly ServerProcess[], deletesAt: ServerProcess) {
  const before = await livingOf(person);
  for (let round = 0; round < ROUNDS; round++) {
    const maker = await person.createToken({ name: `maker ${round}` });
    const making = makeUntilRefused(at.map((server) => clientOf(server, bearer(maker.secret))));
    const { status } = await clientOf(deletesAt, person.credentials).call(
      'DELETE',
      `/api/v1/tokens/${maker.token.id}?made=delete`,
    );
    expect(status).toBe(200);
    expect(await livingOf(person)).toBe(before);
    await making;
    expect(await livingOf(person)).toBe(before);
  }
}

const MANY = { LENCANA_TOKENS_PER_HOLDER_MAX: '100000' };

describe.each(['sqlite', 'postgres'] as const)('on %s', (database) => {
  test('none lives after `lencana token revoke --of` has returned, while its tokens make more', async () => {
    const server = await started({ database, env: MANY });
    const person = await signUp(server, ayu);
    const { secret } = await person.createToken({ name: 'maker' });
    const making = makeUntilRefused([clientOf(server, bearer(secret))]);
    const { code } = await server.cli(['token', 'revoke', '--of', ayu.email]);
    expect(code).toBe(0);
    expect(await livingOf(person)).toBe(0);
    const names = await making;
    expect(names.length).toBeGreaterThan(0);
    expect(await livingOf(person)).toBe(0);
  });

  test('nothing is made after the deletion of its maker has returned, and what was made goes with it if asked', async () => {
    const server = await started({ database, env: MANY });
    const person = await signUp(server, ayu);
    const maker = await person.createToken({ name: 'maker' });
    const making = makeUntilRefused([clientOf(server, bearer(maker.secret))]);
    const gone = await person.call('DELETE', `/api/v1/tokens/${maker.token.id}`);
    expect(gone.status).toBe(200);
    const atReturn = await livingOf(person);
    const names = await making;
    expect(await livingOf(person)).toBe(atReturn);
    expect(atReturn).toBe(names.length);

    await expectNoneLeft(person, [server], server);

    const second = await person.createToken({ name: 'second maker' });
    const child = await clientOf(server, bearer(second.secret)).createToken({ name: 'child' });
    const grandchild = await clientOf(server, bearer(child.secret)).createToken({ name: 'grandchild' });
    const { body } = await person.call('GET', `/api/v1/tokens/${second.token.id}`);
    expect(body).toMatchObject({ made_tokens: 2 });
    const all = await person.call('DELETE', `/api/v1/tokens/${second.token.id}?made=delete`);
    expect(
      (all.body as { made_tokens: { name: string }[] }).made_tokens.map(({ name }) => name).sort(),
    ).toEqual(['child', 'grandchild']);
    for (const { secret } of [second, child, grandchild]) {
      expect((await verify(server, secret)).status).toBe(401);
    }
  });
});

test('nothing is made on one node after the deletion has returned on the other', async () => {
  const one = await started({ database: 'postgres', env: MANY });
  const { LENCANA_DATABASE_URL = '' } = one.env;
  const two = await started({ dataDir: one.dataDir, env: { ...MANY, LENCANA_DATABASE_URL } });
  const person = await signUp(one, ayu);
  const maker = await person.createToken({ name: 'maker' });
  const makers = [one, two].map((server) => clientOf(server, bearer(maker.secret)));
  const making = makeUntilRefused(makers);
  const gone = await clientOf(two, person.credentials).call('DELETE', `/api/v1/tokens/${maker.token.id}`);
  expect(gone.status).toBe(200);
  const atReturn = await livingOf(person);
  const names = await making;
  expect(await livingOf(person)).toBe(atReturn);
  expect(atReturn).toBe(names.length);
  await expectNoneLeft(person, [one, two], two);
});
