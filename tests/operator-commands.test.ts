/** What an operator does beside running nodes: looks which there are, and kills leaked tokens. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { ayu, budi, signUp, verify } from './api-client.ts';
import { temporaryDirectory } from './run-directory.ts';
import { runLencana, type ServerProcess, startServer } from './server-process.ts';

const running: ServerProcess[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.kill()));
});

async function started(...options: Parameters<typeof startServer>): Promise<ServerProcess> {
  const server = await startServer(...options);
  running.push(server);
  return server;
}

async function run(server: ServerProcess, args: string[], code = 0) {
  const result = await server.cli(args);
  expect(result.code, result.stderr).toBe(code);
  return result;
}

describe.each(['sqlite', 'postgres'] as const)('on %s', (database) => {
  test('lencana nodes lists each process that verifies, with its workers, and says who stopped', async () => {
    const server = await started({ database, args: ['--workers', '2'] });
    const list = async () =>
      JSON.parse((await run(server, ['nodes', '--json'])).stdout) as {
        kind: string;
        pid: number;
        state: string;
      }[];
    const nodes = await list();
    expect(nodes.map(({ kind }) => kind).sort()).toEqual(['server', 'worker', 'worker']);
    expect(nodes.find(({ kind }) => kind === 'server')?.pid).toBe(server.pid);
    expect(nodes.every(({ state }) => state === 'running')).toBe(true);
    const table = (await run(server, ['nodes'])).stdout.split('\n');
    expect(table).toHaveLength(5);
    expect(table[0]).toMatch(/^HOST +PID +KIND/);
    await server.stop();
    expect((await list()).map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
  });

  test('lencana token revoke kills leaked tokens of several holders at once, final when it returns', async () => {
    const server = await started({ database });
    const [ayus, budis] = [await signUp(server, ayu), await signUp(server, budi)];
    const made = [await ayus.createToken({ name: 'one' }), await budis.createToken({ name: 'two' })];
    const kept = await budis.createToken({ name: 'three' });
    for (const { secret } of [...made, kept]) expect((await verify(server, secret)).status).toBe(200);

    const ids = made.map(({ token }) => token.id);
    const startedAtMs = Date.now();
    const { stdout, stderr } = await run(
      server,
      ['token', 'revoke', '--json', '--id', ...ids, 'tok_nobody'],
      1,
    );
    const said = JSON.parse(stdout);
    for (const { secret } of made) expect((await verify(server, secret)).status).toBe(401);
    expect(said.revoked.map(({ id }: { id: string }) => id).sort()).toEqual([...ids].sort());
    // The longest lease, here a second, and not once for each token.
    const waitedMs = Date.parse(said.refused_everywhere_at) - startedAtMs;
    expect(waitedMs).toBeGreaterThan(1000);
    expect(stderr).toContain('There is no token tok_nobody.');
    expect((await verify(server, kept.secret)).status).toBe(200);

    const all = await run(server, ['token', 'revoke', '--of', budi.email]);
    expect(all.stdout).toContain(kept.token.id);
    expect((await verify(server, kept.secret)).status).toBe(401);
  });
});

test.each([
  [[], 'name the tokens by --id'],
  [['--id', 'tok_1', '--of', ayu.email], 'name the tokens by --id'],
])('lencana token revoke %j is wrong use', async (args, says) => {
  const server = await started();
  const { stderr } = await run(server, ['token', 'revoke', ...args], 2);
  expect(stderr).toContain(says);
});

test.each([['nodes'], ['client', 'list']])(
  'lencana %s %s makes no deployment where none exists',
  async (...args) => {
    const dataDir = join(temporaryDirectory('nowhere'), 'data');
    const { code, stderr } = await runLencana(args.filter(Boolean), { LENCANA_DATA_DIR: dataDir });
    expect([code, existsSync(dataDir)]).toEqual([1, false]);
    expect(stderr).toMatch(new RegExp(`^lencana: There is no deployment in ${dataDir}\\. Set .*\\n$`));
  },
);

test('lencana token revoke of an account that there is not says so', async () => {
  const server = await started();
  const { stderr } = await run(server, ['token', 'revoke', '--of', 'nobody@example.com'], 1);
  expect(stderr).toContain('There is no account nobody@example.com');
});
