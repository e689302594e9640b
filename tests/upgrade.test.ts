/** A deployment of the version before this one goes on: nobody loses anything, and nobody gains anything. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Person, signIn, type Token, verify } from './api-client.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { type EarlierData, earlier, earlierData } from './upgrade/earlier-deployment.ts';

const person = (name: string): Person => ({
  name,
  email: `${name.toLowerCase()}@example.com`,
  password: earlier.password,
  phoneNumber: '+6281234567890',
});

describe.each(['sqlite', 'postgres'] as const)('on %s', (dialect) => {
  let data: EarlierData;
  let server: ServerProcess;
  beforeAll(async () => {
    data = await earlierData(dialect, () => inject('postgresUrl'));
    server = await startServer(data);
  });
  afterAll(() => server?.kill());

  async function trail(): Promise<unknown[]> {
    const sql = 'SELECT id, action, subject_kind, subject_id FROM audit_events ORDER BY id';
    if (dialect === 'sqlite') {
      const database = new DatabaseSync(join(data.dataDir, 'lencana.db'), { readOnly: true });
      try {
        return database
          .prepare(sql)
          .all()
          .map((row) => ({ ...row }));
      } finally {
        database.close();
      }
    }
    const client = new pg.Client({ connectionString: data.env.LENCANA_DATABASE_URL });
    await client.connect();
    const { rows } = await client.query(sql);
    await client.end();
    return rows.map((row) => ({ ...row, id: Number(row.id) }));
  }

  const verdicts = () =>
    Promise.all(
      earlier.tokens.map(async ({ name, secret }) => {
        const answer = await verify(server, secret);
        return { name, status: answer.status, scopes: answer.headers.get('x-lencana-scopes') };
      }),
    );

  test('every token is judged as it was', async () => {
    expect(earlier.tokens.map(({ status }) => status).sort()).toEqual([
      200, 200, 200, 200, 200, 401, 401, 401,
    ]);
    const expected = earlier.tokens.map(({ name, status, scopes }) => ({ name, status, scopes }));
    expect(await verdicts()).toEqual(expected);
    await server.stop();
    await server.start();
    expect(await verdicts()).toEqual(expected);
  });

  test('a service credential works, and one that was revoked does not', async () => {
    const [living] = earlier.tokens;
    for (const { id, secret, status } of earlier.clients) {
      const answer = await fetch(`${server.verificationUrl}/introspect`, {
        method: 'POST',
        headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` },
        body: new URLSearchParams({ token: living?.secret ?? '' }),
      });
      expect(answer.status).toBe(status);
      if (status === 200) expect(await answer.json()).toMatchObject({ active: true, jti: living?.id });
    }
  });

  test('people sign in with the passwords they have, and see their tokens with their uses', async () => {
    for (const name of ['Budi', 'Cita']) await signIn(server, person(name));
    await expect(signIn(server, person('Dewi'))).rejects.toThrow('refused');
    const ayus = await signIn(server, person('Ayu'));
    const { tokens } = (await ayus.call('GET', '/api/v1/tokens')).body as { tokens: Token[] };
    expect(tokens.map(({ name, status }) => [name, status]).sort()).toEqual([
      ['ended', 'expired'],
      ['ends in 2090', 'active'],
      ['made by a token', 'active'],
      ['never ends', 'active'],
    ]);
    expect(tokens.filter(({ name }) => name !== 'ended').every((token) => token.last_used_at !== null)).toBe(
      true,
    );
    const me = await ayus.call('GET', '/api/v1/me');
    expect(me.body).toMatchObject({ user: { role: 'administrator', email: 'ayu@example.com' } });
  });

  test('an old token is deleted, and a new one made, as ever', async () => {
    const ayus = await signIn(server, person('Ayu'));
    const [living] = earlier.tokens;
    const made = await ayus.createToken({ name: 'after the upgrade' });
    expect((await verify(server, made.secret)).status).toBe(200);
    expect((await ayus.call('DELETE', `/api/v1/tokens/${living?.id}`)).status).toBe(200);
    expect((await verify(server, living?.secret ?? '')).status).toBe(401);
  });

  test('the audit trail keeps every row that it had, in its order', async () => {
    const { columns = [], rows = [] } = earlier.tables.audit_events ?? {};
    const before = rows.map((row) =>
      Object.fromEntries(
        ['id', 'action', 'subject_kind', 'subject_id'].map((name) => [name, row[columns.indexOf(name)]]),
      ),
    );
    expect(before.length).toBeGreaterThan(30);
    const now = await trail();
    expect(now.slice(0, before.length)).toEqual(before);
    expect(now.length).toBeGreaterThan(before.length);
  });
});
