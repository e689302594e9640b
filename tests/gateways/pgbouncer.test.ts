/** Two nodes on one PostgreSQL behind the real PgBouncer, with Debian's configuration, in both of its modes. */
import { spawn } from 'node:child_process';
import { chownSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ayu, bearer, clientOf, signUp, verify } from '../api-client.ts';
import { type PostgresServer, startPostgres } from '../postgres.ts';
import { reapWithRun, temporaryDirectory } from '../run-directory.ts';
import { runLencana, type ServerProcess, startServer } from '../server-process.ts';
import { holdAddress } from './example-gateway.ts';

const nobody = { uid: 65_534, gid: 65_534 };
let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const running: ServerProcess[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.kill()));
});

/** The URL of a new database through a PgBouncer of its own. */
async function pooled(mode: 'session' | 'transaction'): Promise<{ url: URL; direct: string }> {
  const direct = await postgres.createDatabase();
  const url = new URL(direct);
  const held = await holdAddress();
  const folder = temporaryDirectory('pgbouncer');
  const users = join(folder, 'userlist.txt');
  writeFileSync(users, `"${url.username}" "${url.password}"\n`);
  const config = join(folder, 'pgbouncer.ini');
  const port = new URL(`http://${held.address}`).port;
  // As Debian's, but for where it listens, what it leads to, and the mode.
  writeFileSync(
    config,
    `[databases]
* = host=${url.hostname} port=${url.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = md5
auth_file = ${users}
pool_mode = ${mode}
`,
  );
  const account = process.getuid?.() === 0 ? nobody : {};
  // It runs as no root and reads its files as who it is.
  if (process.getuid?.() === 0)
    for (const path of [folder, users, config]) chownSync(path, nobody.uid, nobody.gid);
  await held.release();
  reapWithRun(spawn('pgbouncer', ['-q', config], { ...account, cwd: folder, stdio: 'ignore' }));
  url.port = port;
  for (const endMs = Date.now() + 10_000; ; await delay(50)) {
    const client = new Client({ connectionString: url.href });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return { url, direct };
    } catch (error) {
      if (Date.now() > endMs) throw error;
    }
  }
}

describe.each(['session', 'transaction'] as const)('in %s mode', (mode) => {
  test('tokens are made, verified by both nodes, and refused by both when the deletion of one has returned', async () => {
    const { url } = await pooled(mode);
    const one = await startServer({ env: { LENCANA_DATABASE_URL: url.href } });
    running.push(one);
    const other = await startServer({
      env: {
        LENCANA_DATABASE_URL: url.href,
        LENCANA_DATA_DIR: one.dataDir,
        LENCANA_PUBLIC_URL: one.publicUrl,
      },
    });
    running.push(other);
    const person = await signUp(one, ayu);
    const { token: maker, secret } = await person.createToken({ name: 'maker' });
    const withToken = clientOf(one, bearer(secret));
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, at) => withToken.createToken({ name: `made ${at}` })),
    );
    const asked = made.flatMap((each) => [verify(one, each.secret), verify(other, each.secret)]);
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual(Array(24).fill(200));
    for (const { token, secret: leaked } of made.slice(0, 3)) {
      expect((await person.call('DELETE', `/api/v1/tokens/${token.id}`)).status).toBe(200);
      expect((await verify(other, leaked)).status).toBe(401);
      expect((await verify(one, leaked)).status).toBe(401);
    }
    const ended = await one.cli(['token', 'revoke', '--id', maker.id]);
    expect([ended.code, ended.stderr]).toEqual([0, expect.stringContaining('1 revoked')]);
    expect((await verify(other, secret)).status).toBe(401);
    expect((await one.cli(['nodes', '--json'])).code).toBe(0);
    await other.stop();
    await one.stop();
    const complaints = `${one.stderr()}${other.stderr()}`
      .split('\n')
      .filter((line) => /"level":[4-6]0/.test(line) && !line.includes('not built'));
    expect(complaints).toEqual([]);
  });

  test('nothing of a session stays behind for others on the same pool', async () => {
    const { url, direct } = await pooled(mode);
    const server = await startServer({ env: { LENCANA_DATABASE_URL: url.href } });
    running.push(server);
    const person = await signUp(server, ayu);
    await Promise.all(Array.from({ length: 8 }, (_, at) => person.createToken({ name: `made ${at}` })));
    const looker = new Client({ connectionString: direct });
    await looker.connect();
    const { rows } = await looker.query(
      "SELECT count(*)::INT AS count FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
    );
    expect(rows).toEqual([{ count: 0 }]);
    await looker.end();
    await server.stop();
    const lookers = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const client = new Client({ connectionString: url.href });
        await client.connect();
        await client.query('BEGIN');
        return client;
      }),
    );
    for (const client of lookers) {
      const left = await client.query(
        `SELECT current_setting('statement_timeout') AS statement, current_setting('idle_in_transaction_session_timeout') AS idle,
           (SELECT count(*)::INT FROM pg_prepared_statements) AS prepared,
           (SELECT count(*)::INT FROM pg_listening_channels()) AS listening`,
      );
      expect(left.rows).toEqual([{ statement: '0', idle: '0', prepared: 0, listening: 0 }]);
      await client.query('ROLLBACK');
      await client.end();
    }
  });
});

test('a wrong password and an unknown user are told in one sentence', async () => {
  const { url } = await pooled('transaction');
  for (const change of [{ password: 'wrong' }, { username: 'nobody' }]) {
    const wrong = Object.assign(new URL(url.href), change) as URL;
    const env = { LENCANA_DATA_DIR: temporaryDirectory('data'), LENCANA_DATABASE_URL: wrong.href };
    const { code, stderr } = await runLencana(['migrate'], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^lencana: [^\n]*LENCANA_DATABASE_URL\.\n$/);
  }
});
