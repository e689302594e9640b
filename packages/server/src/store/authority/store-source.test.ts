/** The contract of the store as a source of leased caches, run by both engines. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ACTOR,
  DIALECTS,
  digestOf,
  keyOf,
  openSource,
  openStoreUnderTest,
  recordIn,
  type StoreUnderTest,
  sourceParts,
  tokenOf,
} from '../engines/store-under-test.ts';
import { createTokenStore } from '../tokens/token-store.ts';
import { renewHistory } from './authority-log.ts';
import { type Client, createClientStore } from './client-store.ts';
import { listNodes } from './nodes.ts';
import type { StoreSource } from './store-source.ts';

describe.each(DIALECTS)('the source on %s', (dialect) => {
  let under: StoreUnderTest;
  let source: StoreSource;
  let seed = 0;
  beforeAll(async () => {
    under = await openStoreUnderTest(dialect);
    source = openSource(under.store);
  });
  afterAll(async () => {
    await source.close();
    await under.close();
  });

  const create = async (change: Parameters<typeof tokenOf>[0] = {}) => {
    const token = tokenOf(change);
    const { digest } = digestOf(++seed);
    const tokens = createTokenStore(under.store);
    expect(await tokens.create(token, token.name, digestOf(seed), null, ACTOR)).toBe('created');
    return { token, digest, subject: `secret:${Buffer.from(digest).subarray(0, 16).toString('hex')}` };
  };
  const revoke = (id: string) =>
    createTokenStore(under.store).revoke({ ids: [id], holderId: 'ana' }, 2000, ACTOR);

  it('loads by digest what was created, with its holder, and names everything that would change either', async () => {
    const { token, digest, subject } = await create({ scopes: ['a:viewer'], expiresAtMs: 7000 });
    const { history, seq } = await source.sync(null);
    const holder = {
      key: 'user:ana',
      value: {
        holderName: 'ana',
        holderEmail: 'ana@example.com',
        deactivatedAtMs: null,
        refusedFor: null,
        allowedScopes: ['*:editor'],
      },
      subjects: ['user:ana', 'role:member'],
    };
    expect(await source.load(keyOf(digest))).toEqual({
      history,
      seq,
      entries: [
        {
          key: keyOf(digest),
          value: {
            secretId: subject.slice('secret:'.length),
            secretEndsAtMs: null,
            revokedAtMs: null,
            refusedFor: null,
            tokenId: token.id,
            tokenName: token.name,
            holderId: 'ana',
            organizationId: 'default',
            ownScopes: ['a:viewer'],
            createdAtMs: 1000,
            expiresAtMs: 7000,
          },
          subjects: [subject, `token:${token.id}`, 'organization:default', 'key:1'],
        },
        holder,
      ],
    });
    expect(await source.load('user:ana')).toEqual({ history, seq, entries: [holder] });
  });

  it('answers keys of every kind that were asked for together, each with its own, and says whom there is not', async () => {
    const { token, digest } = await create();
    const { history, seq } = await source.sync(null);
    const none = digestOf(900_777);
    const answers = await Promise.all(
      (['user:ana', keyOf(digest), 'user:nobody', keyOf(none.digest)] as const).map((key) =>
        source.load(key),
      ),
    );
    expect(answers.map(({ entries }) => entries.map(({ key }) => key))).toEqual([
      ['user:ana'],
      [keyOf(digest), 'user:ana'],
      ['user:nobody'],
      [keyOf(none.digest)],
    ]);
    expect(answers.map(({ entries }) => entries[0].value === null)).toEqual([false, false, true, true]);
    expect(answers[2]?.entries[0].subjects).toEqual(['user:nobody']);
    expect(answers[1]?.entries[0].value).toMatchObject({ tokenId: token.id });
    expect(new Set(answers.map((answer) => JSON.stringify([answer.history, answer.seq])))).toEqual(
      new Set([JSON.stringify([history, seq])]),
    );
  });

  it('stands where the log does in what it read', async () => {
    const { token, digest } = await create();
    const before = await source.load(keyOf(digest));
    await revoke(token.id);
    const after = await source.load('user:ana');
    expect(after.seq).toBeGreaterThan(before.seq);
    expect(after.seq).toBe((await source.sync(null)).seq);
  });

  it('names the creation that would make a missing secret, under every key', async () => {
    const other = digestOf(900_002).digest;
    const two = openSource(under.store, {
      digester: {
        digestsOfHash: (digest) => [
          { keyVersion: 2, digest: other },
          { keyVersion: 1, digest },
        ],
      },
    });
    const answer = await two.load(keyOf(digestOf(900_001).digest));
    const [{ value, subjects }] = answer.entries;
    expect(value).toBeNull();
    expect(answer.history).toBe((await source.sync(null)).history);
    expect(subjects).toHaveLength(2);
    const position = await source.sync(null);
    await createTokenStore(under.store).create(tokenOf(), 'late', digestOf(900_001), null, ACTOR);
    const { changes } = await source.sync(position);
    expect(subjects.filter((subject) => changes?.includes(subject))).toHaveLength(1);
    expect(recordIn(await two.load(keyOf(digestOf(900_001).digest)))).not.toBeNull();
    await two.close();
  });

  it('answers what changed after a place, once, in order', async () => {
    const { token, subject } = await create();
    const start = await source.sync(null);
    expect(start.changes).toBeNull();
    expect(await source.sync(start)).toMatchObject({ seq: start.seq, changes: [], leaseMs: 1000 });
    await revoke(token.id);
    const next = await create();
    const { seq, changes, keptAfterSeq } = await source.sync(start);
    expect(seq).toBeGreaterThan(start.seq);
    expect(keptAfterSeq).toBeLessThanOrEqual(start.seq);
    expect(
      changes?.filter((change) => change === `token:${token.id}` || change.startsWith('secret:')),
    ).toEqual([`token:${token.id}`, next.subject]);
    expect(changes).not.toContain(subject);
    expect((await source.sync({ history: start.history, seq })).changes).toEqual([]);
  });

  it('answers the authority’s clock', async () => {
    expect(Math.abs((await source.sync(null)).nowMs - Date.now())).toBeLessThan(60_000);
  });

  it('sees nothing of a change before its commit, in syncs or in loads', async () => {
    const { token, digest } = await create();
    const start = await source.sync(null);
    await under.store.kysely.transaction().execute(async (transaction) => {
      await transaction.updateTable('tokens').set({ revoked_at_ms: 5 }).where('id', '=', token.id).execute();
      expect((await source.sync(start)).changes).toEqual([]);
      expect(recordIn(await source.load(keyOf(digest)))?.revokedAtMs).toBeNull();
    });
    expect((await source.sync(start)).changes).toEqual([`token:${token.id}`]);
    expect(recordIn(await source.load(keyOf(digest)))?.revokedAtMs).toBe(5);
  });

  it('tells nothing one by one beyond a number of changes', async () => {
    const start = await source.sync(null);
    await sql`
      WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 10001)
      INSERT INTO authority_changes (subject_kind, subject_id) SELECT 'token', 'x' FROM number`.execute(
      under.store.kysely,
    );
    const { seq, changes } = await source.sync(start);
    expect(changes).toBeNull();
    expect((await source.sync({ history: start.history, seq: start.seq + 1 })).changes).toHaveLength(10_000);
    expect((await source.sync({ history: start.history, seq })).changes).toEqual([]);
  });

  it('loads service credentials, until they are revoked', async () => {
    const clients = createClientStore(under.store);
    const start = await source.sync(null);
    const none = await source.loadClient('client_1');
    expect(none).toEqual({
      history: start.history,
      seq: start.seq,
      entries: [{ key: 'client:client_1', value: null, subjects: ['client:client_1'] }],
    });
    const { digest } = digestOf(5);
    const client = { id: 'client_1', organizationId: 'default', name: 'gateway', secretDigest: digest };
    await clients.create(client, 1000, ACTOR);
    expect((await source.sync(start)).changes).toEqual(['client:client_1']);
    const [found] = (await source.loadClient('client_1')).entries;
    expect(found).toMatchObject({ value: { name: 'gateway' }, subjects: ['client:client_1'] });
    const { secretDigest } = found.value as Client;
    expect(Buffer.from(secretDigest)).toEqual(Buffer.from(digest));
    await clients.revoke('client_1', 5, ACTOR);
    expect((await source.loadClient('client_1')).entries[0].value).toBeNull();
  });

  it('registers its node before it gives a lease, and again when its row is gone or stopped', async () => {
    const parts = sourceParts(under.store, { freshnessMs: 700 });
    const mine = openSource(under.store, parts);
    const row = async () => (await listNodes(under.store.kysely)).find(({ id }) => id === parts.node.id);
    expect(await row()).toBeUndefined();
    await mine.sync(null);
    expect(await row()).toMatchObject({ ...parts.node, freshnessMs: 700, stoppedAtMs: null });
    await under.store.kysely.deleteFrom('nodes').where('id', '=', parts.node.id).execute();
    await mine.sync(null);
    expect(await row()).toMatchObject({ freshnessMs: 700, stoppedAtMs: null });
    await under.store.kysely
      .updateTable('nodes')
      .set({ stopped_at_ms: 1 })
      .where('id', '=', parts.node.id)
      .execute();
    await mine.sync(null);
    expect((await row())?.stoppedAtMs).toBeNull();
    await mine.close();
    expect((await row())?.stoppedAtMs).not.toBeNull();
    await expect(mine.sync(null)).rejects.toThrow();
  });

  it('gives no lease when it cannot register', async () => {
    const mine = openSource(under.store);
    await sql`ALTER TABLE nodes RENAME COLUMN hostname TO elsewhere`.execute(under.store.kysely);
    await expect(mine.sync(null)).rejects.toThrow();
    await sql`ALTER TABLE nodes RENAME COLUMN elsewhere TO hostname`.execute(under.store.kysely);
    await mine.sync(null);
    await mine.close();
  });

  it('is of another history after it was renewed, loads too', async () => {
    const { digest } = await create();
    const before = await source.sync(null);
    expect((await source.load(keyOf(digest))).history).toBe(before.history);
    await renewHistory(under.store);
    const after = await source.sync(before);
    expect(after.history).not.toBe(before.history);
    expect((await source.load(keyOf(digest))).history).toBe(after.history);
    expect((await source.loadClient('none')).history).toBe(after.history);
  });

  it('gives no answer that belongs to no history', async () => {
    await sql`UPDATE settings SET name = 'no-history' WHERE name = 'history'`.execute(under.store.kysely);
    await expect(source.sync(null)).rejects.toThrow('history');
    await expect(source.load(keyOf(digestOf(1).digest))).rejects.toThrow('history');
    await expect(source.loadClient('one')).rejects.toThrow('history');
    await sql`UPDATE settings SET name = 'history' WHERE name = 'no-history'`.execute(under.store.kysely);
    await source.sync(null);
  });
});
