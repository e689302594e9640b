/** What is logged, by whichever path it changes, on both engines; and what is cut off the log. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { operatorBy } from '../../core/access/actor.ts';
import {
  ACTOR,
  DIALECTS,
  digestOf,
  openSource,
  openStoreUnderTest,
  runRaw,
  type StoreUnderTest,
  tokenOf,
} from '../engines/store-under-test.ts';
import { createTokenStore } from '../tokens/token-store.ts';
import { createUsageStore } from '../tokens/usage-store.ts';
import { pruneAuthority } from './authority-log.ts';

const hex = (digest: Uint8Array, bytes = 32) => Buffer.from(digest).subarray(0, bytes).toString('hex');

/** Holds an authority that no test here takes away. */
const OPERATOR = operatorBy('lencana token create');

describe.each(DIALECTS)('the log of changes of authority on %s', (dialect) => {
  let under: StoreUnderTest;
  let seed = 0;
  beforeAll(async () => {
    under = await openStoreUnderTest(dialect);
  });
  afterAll(() => under.close());

  const newest = async () => {
    const { rows } = await sql<{
      seq: number;
    }>`SELECT coalesce(max(seq), 0) AS seq FROM authority_changes`.execute(under.store.kysely);
    return rows[0]?.seq ?? 0;
  };
  const loggedBy = async (work: () => Promise<unknown>) => {
    const before = await newest();
    await work();
    const rows = await under.store.kysely
      .selectFrom('authority_changes')
      .selectAll()
      .where('seq', '>', before)
      .orderBy('seq')
      .execute();
    return rows.map((row) => `${row.subject_kind}:${row.subject_id}`);
  };
  const raw = (...statements: string[]) => runRaw(under.location, ...statements);
  const create = async () => {
    const token = tokenOf();
    const { digest } = digestOf(++seed);
    const made = await createTokenStore(under.store).create(
      token,
      token.name,
      digestOf(seed),
      null,
      OPERATOR,
    );
    expect(made).toBe('created');
    return { token, secret: hex(digest, 16), whole: hex(digest) };
  };
  const blob = (text: string) => (dialect === 'sqlite' ? `x'${text}'` : `'\\x${text}'::BYTEA`);

  it('names the secret of a creation', async () => {
    expect(await loggedBy(create)).toContain(`secret:${hex(digestOf(seed).digest, 16)}`);
  });

  it('names the token of a revocation through the program', async () => {
    const { token } = await create();
    const revoke = () => createTokenStore(under.store).revoke({ ids: [token.id], holderId: 'ana' }, 5, ACTOR);
    expect(await loggedBy(revoke)).toEqual([`token:${token.id}`]);
    expect(await loggedBy(revoke)).toEqual([]);
  });

  it.each([
    ['revoked_at_ms', '7'],
    ['expires_at_ms', '7'],
    ['scopes', `'["a:viewer"]'`],
    ['name', `'renamed'`],
    ['holder_id', `'budi'`],
  ])('names a token whose %s an operator changes', async (column, value) => {
    const { token } = await create();
    const change = `UPDATE tokens SET ${column} = ${value} WHERE id = '${token.id}'`;
    expect(await loggedBy(() => raw(change))).toEqual([`token:${token.id}`]);
  });

  it('names both organizations and users and tokens when an id changes', async () => {
    await raw(`INSERT INTO organizations (id, name, created_at_ms) VALUES ('one', 'One', 1)`);
    const moved = await loggedBy(() => raw(`UPDATE organizations SET id = 'other' WHERE id = 'one'`));
    expect(moved).toEqual(['organization:other', 'organization:one']);
    expect(await loggedBy(() => raw(`DELETE FROM organizations WHERE id = 'other'`))).toEqual([
      'organization:other',
    ]);
  });

  it('names a secret that ends early, is moved to another token, or is deleted', async () => {
    const { secret, whole } = await create();
    const other = await create();
    const where = `WHERE digest = ${blob(whole)}`;
    expect(await loggedBy(() => raw(`UPDATE token_secrets SET ends_at_ms = 5 ${where}`))).toEqual([
      `secret:${secret}`,
    ]);
    expect(
      await loggedBy(() => raw(`UPDATE token_secrets SET token_id = '${other.token.id}' ${where}`)),
    ).toEqual([`secret:${secret}`]);
    expect(await loggedBy(() => raw(`DELETE FROM token_secrets ${where}`))).toEqual([`secret:${secret}`]);
  });

  it('names both digests when a secret gets another', async () => {
    const { secret, whole } = await create();
    const next = digestOf(++seed).digest;
    const logged = await loggedBy(() =>
      raw(`UPDATE token_secrets SET digest = ${blob(hex(next))} WHERE digest = ${blob(whole)}`),
    );
    expect(logged).toEqual([`secret:${hex(next, 16)}`, `secret:${secret}`]);
  });

  it('names a deleted token', async () => {
    const { token, whole } = await create();
    await raw(`DELETE FROM token_secrets WHERE digest = ${blob(whole)}`);
    expect(await loggedBy(() => raw(`DELETE FROM tokens WHERE id = '${token.id}'`))).toEqual([
      `token:${token.id}`,
    ]);
  });

  it.each([
    ['role', `'viewer'`],
    ['deactivated_at_ms', '7'],
    ['name', `'Ana'`],
    ['email', `'other@example.com'`],
  ])('names a user whose %s an operator changes', async (column, value) => {
    const change = `UPDATE users SET ${column} = ${value} WHERE id = 'ana'`;
    expect(await loggedBy(() => raw(change))).toEqual(['user:ana']);
    expect(await loggedBy(() => raw(change))).toEqual([]);
    // Who is deactivated gets no token.
    await raw(`UPDATE users SET deactivated_at_ms = NULL WHERE id = 'ana'`);
  });

  it('names a deleted user', async () => {
    await raw(`INSERT INTO users (id, name, email, created_at, updated_at)
      VALUES ('cici', 'Cici', 'cici@example.com', '2026-01-01', '2026-01-01')`);
    expect(await loggedBy(() => raw(`DELETE FROM users WHERE id = 'cici'`))).toEqual(['user:cici']);
  });

  it('names a service credential that is made, changed, deleted', async () => {
    const make = `INSERT INTO clients (id, organization_id, name, secret_digest, created_at_ms)
      VALUES ('client_1', 'default', 'x', ${blob('00')}, 1)`;
    expect(await loggedBy(() => raw(make))).toEqual(['client:client_1']);
    expect(await loggedBy(() => raw(`UPDATE clients SET revoked_at_ms = 5 WHERE id = 'client_1'`))).toEqual([
      'client:client_1',
    ]);
    expect(await loggedBy(() => raw(`DELETE FROM clients WHERE id = 'client_1'`))).toEqual([
      'client:client_1',
    ]);
  });

  it('names a key that is changed or retired', async () => {
    await raw(`INSERT INTO digest_keys (version, fingerprint, created_at_ms) VALUES (7, 'x', 1)`);
    expect(await loggedBy(() => raw(`UPDATE digest_keys SET fingerprint = 'y' WHERE version = 7`))).toEqual([
      'key:7',
    ]);
    expect(await loggedBy(() => raw(`DELETE FROM digest_keys WHERE version = 7`))).toEqual(['key:7']);
  });

  it('names settings of policy, and no others', async () => {
    const set = (name: string) => raw(`INSERT INTO settings (name, value) VALUES ('${name}', '1')`);
    expect(await loggedBy(() => set('policy-tokens'))).toEqual(['policy:policy-tokens']);
    expect(await loggedBy(() => set('other'))).toEqual([]);
    expect(
      await loggedBy(() => raw(`UPDATE settings SET value = '2' WHERE name IN ('policy-tokens', 'other')`)),
    ).toEqual(['policy:policy-tokens']);
    expect(
      await loggedBy(() => raw(`DELETE FROM settings WHERE name IN ('policy-tokens', 'other')`)),
    ).toEqual(['policy:policy-tokens']);
  });

  it('is not written for a use of a token', async () => {
    const { token } = await create();
    const use = { tokenId: token.id, atMs: 9000, address: '10.0.0.1', agent: 'curl' };
    expect(await loggedBy(() => createUsageStore(under.store).recordUses([use]))).toEqual([]);
    expect((await createTokenStore(under.store).find('ana', token.id))?.lastUsedAtMs).toBe(9000);
  });

  it('is written with the change or not at all', async () => {
    const { token } = await create();
    const undone = () =>
      under.store.kysely.transaction().execute(async (transaction) => {
        await transaction
          .updateTable('tokens')
          .set({ revoked_at_ms: 5 })
          .where('id', '=', token.id)
          .execute();
        throw new Error('undone');
      });
    expect(await loggedBy(() => undone().catch(() => {}))).toEqual([]);
  });

  it('keeps what is young, the newest always, and no gap between', async () => {
    const { kysely } = under.store;
    const source = openSource(under.store);
    const nowMs = (await source.sync(null)).nowMs;
    await kysely.deleteFrom('authority_changes').execute();
    for (const at_ms of [nowMs - 10_000_000, nowMs, nowMs - 10_000_000, nowMs]) {
      await kysely
        .insertInto('authority_changes')
        .values({ subject_kind: 'token', subject_id: 'x', at_ms })
        .execute();
    }
    const kept = async () =>
      (await kysely.selectFrom('authority_changes').select('seq').orderBy('seq').execute()).map(
        ({ seq }) => seq,
      );
    const all = await kept();
    await pruneAuthority(under.store);
    expect(await kept()).toEqual(all.slice(1));
    const { history, seq, keptAfterSeq } = await source.sync(null);
    expect([seq, keptAfterSeq]).toEqual([all[3], all[0]]);
    expect((await source.sync({ history, seq: all[0] ?? 0 })).changes).toHaveLength(3);
    await kysely.updateTable('authority_changes').set({ at_ms: 1 }).execute();
    await pruneAuthority(under.store);
    expect(await kept()).toEqual(all.slice(3));
    expect(await source.sync({ history, seq })).toMatchObject({ seq, changes: [] });
    await create();
    expect((await source.sync({ history, seq })).seq).toBeGreaterThan(seq);
    await source.close();
  });

  it('is pruned however much it is', async () => {
    const { kysely } = under.store;
    await kysely.deleteFrom('authority_changes').execute();
    await sql`
      WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 12000)
      INSERT INTO authority_changes (subject_kind, subject_id, at_ms) SELECT 'token', 'x', 1 FROM number`.execute(
      kysely,
    );
    await pruneAuthority(under.store, 1000);
    const left = await kysely.selectFrom('authority_changes').selectAll().execute();
    expect(left).toHaveLength(1);
  });
});

describe('what only SQLite does to a row', () => {
  let under: StoreUnderTest;
  beforeAll(async () => {
    under = await openStoreUnderTest('sqlite');
  });
  afterAll(() => under.close());

  it('a row taken away by REPLACE is named, though no delete trigger runs', async () => {
    const source = openSource(under.store);
    const [one, other] = [tokenOf(), tokenOf()];
    const tokens = createTokenStore(under.store);
    await tokens.create(one, 'one', digestOf(1), null, ACTOR);
    await tokens.create(other, 'other', digestOf(2), null, ACTOR);
    const changesBy = async (statement: string) => {
      const start = await source.sync(null);
      await runRaw(under.location, statement);
      return (await source.sync(start)).changes;
    };
    const columns = 'id, organization_id, holder_id, name, name_key, masked, created_at_ms';
    const values = (id: string, key: string) => `('${id}', 'default', 'ana', 'x', '${key}', '…', 1)`;
    expect(await changesBy(`REPLACE INTO tokens (${columns}) VALUES ${values(one.id, 'one')}`)).toContain(
      `token:${one.id}`,
    );
    expect(await changesBy(`REPLACE INTO tokens (${columns}) VALUES ${values('tok_x', 'one')}`)).toContain(
      `token:${one.id}`,
    );
    expect(await changesBy(`UPDATE OR REPLACE tokens SET name_key = 'other' WHERE id = 'tok_x'`)).toContain(
      `token:${other.id}`,
    );
    const user = `(id, name, email, created_at, updated_at) VALUES ('dedi', 'x', 'budi@example.com', '', '')`;
    expect(await changesBy(`REPLACE INTO users ${user}`)).toContain('user:budi');
    expect(
      await changesBy(`UPDATE OR REPLACE users SET email = 'budi@example.com' WHERE id = 'ana'`),
    ).toContain('user:dedi');
    await source.close();
  });
});
