/** What only PostgreSQL does: commits that overlap, locks that are not given back, links that break, failovers. */
import { inspect } from 'node:util';
import { sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CuttableLink, linkTo } from '../../../../../tests/cuttable-link.ts';
import { openStore } from '../engines/open-store.ts';
import { isDatabaseOutage } from '../engines/outage.ts';
import {
  ACTOR,
  digestOf,
  keyOf,
  openSource,
  openStoreUnderTest,
  recordIn,
  runRaw,
  type StoreUnderTest,
  sourceParts,
  tokenOf,
} from '../engines/store-under-test.ts';
import { createTokenStore } from '../tokens/token-store.ts';
import { createStoreSource } from './open-store-source.ts';
import type { StoreSource } from './store-source.ts';

let under: StoreUnderTest;
let url: string;
let source: StoreSource;
const clients: pg.Client[] = [];

beforeEach(async () => {
  under = await openStoreUnderTest('postgres');
  if (under.location.kind !== 'postgres') throw new Error('not PostgreSQL');
  url = under.location.url;
  source = openSource(under.store);
  for (const [at, id] of ['one', 'other', 'third'].entries()) {
    await createTokenStore(under.store).create(tokenOf({ id, name: id }), id, digestOf(at), null, ACTOR);
  }
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.end().catch(() => {});
  await source.close();
  await under.close();
});

async function connect(): Promise<pg.Client> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  clients.push(client);
  return client;
}
const revocation = (id: string) => `UPDATE tokens SET revoked_at_ms = 5 WHERE id = '${id}'`;
/** A transaction that has drawn its place in the log and is not committed. */
async function appended(id: string): Promise<pg.Client> {
  const client = await connect();
  await client.query(`BEGIN; ${revocation(id)}; SET CONSTRAINTS ALL IMMEDIATE`);
  return client;
}
const isWaitingForLock = async (client: pg.Client) => {
  const { rows } = await sql<{ waits: boolean }>`
    SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
      AND pid = ${(client as unknown as { processID: number }).processID}) AS waits`.execute(
    under.store.kysely,
  );
  return rows[0]?.waits;
};

describe('the order of the log', () => {
  it('is the order of commits, whichever change began first', async () => {
    const start = await source.sync(null);
    const [first, second] = [await connect(), await connect()];
    await first.query(`BEGIN; ${revocation('one')}`);
    await second.query(`BEGIN; ${revocation('other')}; COMMIT`);
    const between = await source.sync(start);
    expect(between.changes).toEqual(['token:other']);
    await first.query('COMMIT');
    expect((await source.sync(between)).changes).toEqual(['token:one']);
  });

  it.each(['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'])(
    'lets no reader skip a change of an overlapping commit (%s)',
    async (level) => {
      const start = await source.sync(null);
      const first = await appended('one');
      const second = await connect();
      await second.query(`BEGIN ISOLATION LEVEL ${level}; ${revocation('other')}`);
      const committed = second.query('COMMIT');
      await expect.poll(() => isWaitingForLock(second)).toBe(true);
      const between = await source.sync(start);
      expect(between.changes).toEqual([]);
      await first.query('COMMIT');
      await committed;
      expect((await source.sync(between)).changes).toEqual(['token:one', 'token:other']);
    },
  );

  it('would let one skip it without the lock: the lock is what orders', async () => {
    await runRaw(
      under.location,
      `CREATE OR REPLACE FUNCTION append_authority_change(kind TEXT, id TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
       BEGIN INSERT INTO authority_changes (subject_kind, subject_id) VALUES (kind, id); END $$`,
    );
    const start = await source.sync(null);
    const first = await appended('one');
    await runRaw(under.location, revocation('other'));
    const between = await source.sync(start);
    expect(between.changes).toEqual(['token:other']);
    await first.query('COMMIT');
    expect((await source.sync(between)).changes).toEqual([]);
  });

  it('waits for a holder that does not come to its end only so long, and then nothing is half done', async () => {
    await appended('one');
    const failed = await runRaw(under.location, revocation('other')).catch((error) => error);
    expect(failed).toMatchObject({ code: '55P03' });
    expect(isDatabaseOutage(failed)).toBe(true);
    const { rows } = await sql`SELECT id FROM tokens WHERE revoked_at_ms IS NOT NULL`.execute(
      under.store.kysely,
    );
    expect(rows).toEqual([]);
  });

  it('is free again soon after a node stopped inside its transaction', async () => {
    const stuck = under.store.kysely.transaction().execute(async (transaction) => {
      await sql.raw(revocation('one')).execute(transaction);
      await sql`SET CONSTRAINTS ALL IMMEDIATE`.execute(transaction);
      // As a stopped process does: says nothing more, until others have come through.
      for (;;) {
        const through = await runRaw(under.location, revocation('other')).then(
          () => true,
          () => false,
        );
        if (through) break;
      }
      await sql.raw(revocation('third')).execute(transaction);
    });
    await expect(stuck).rejects.toThrow();
    const { rows } = await sql`SELECT id FROM tokens WHERE revoked_at_ms IS NOT NULL`.execute(
      under.store.kysely,
    );
    expect(rows).toEqual([{ id: 'other' }]);
  });

  it('holds nobody up while a transaction has not come to its commit', async () => {
    const slow = await connect();
    await slow.query(`BEGIN; ${revocation('one')}`);
    await runRaw(under.location, `SET lock_timeout = '10ms'`, revocation('other'));
    await slow.query('ROLLBACK');
  });
});

describe('changes that row triggers do not see', () => {
  it('of an emptied table make every reader start over', async () => {
    const start = await source.sync(null);
    await runRaw(under.location, 'TRUNCATE token_secrets');
    const after = await source.sync(start);
    expect(after.keptAfterSeq).toBeGreaterThan(start.seq);
    expect(after.seq).toBeGreaterThan(start.seq);
  });

  it('of replicated rows are logged all the same', async () => {
    const start = await source.sync(null);
    await runRaw(under.location, `SET session_replication_role = replica; ${revocation('one')}`);
    expect((await source.sync(start)).changes).toEqual(['token:one']);
  });
});

describe('a notification', () => {
  it('hurries when something was committed, and only if it is listened to', async () => {
    const deaf = openSource(under.store, { listen: false });
    let heard = 0;
    let deafHeard = 0;
    source.onHint(() => heard++);
    deaf.onHint(() => deafHeard++);
    await source.sync(null);
    await deaf.sync(null);
    const slow = await connect();
    await slow.query(`BEGIN; ${revocation('one')}`);
    expect(heard).toBe(0);
    await slow.query('COMMIT');
    await expect.poll(() => heard).toBe(1);
    // An answer on the deaf connection comes after what was told to it before.
    await deaf.sync(null);
    expect(deafHeard).toBe(0);
    await deaf.close();
  });
});

describe('the history', () => {
  const define = (body: string) =>
    runRaw(
      under.location,
      `CREATE OR REPLACE FUNCTION authority_history() RETURNS TEXT LANGUAGE plpgsql AS $$ BEGIN ${body}; END $$`,
    );

  it('names cluster, timeline and tables', async () => {
    const { rows } = await sql<{ system: string; oid: number }>`
      SELECT (SELECT system_identifier::TEXT FROM pg_control_system()) AS system,
        'authority_changes'::REGCLASS::OID AS oid`.execute(under.store.kysely);
    const [row] = rows;
    const { history } = await source.sync(null);
    expect(history).toMatch(new RegExp(`^${row?.system}:00000001:${row?.oid}:[0-9a-f]{32}$`));
    expect((await source.load(keyOf(digestOf(0).digest))).history).toBe(history);
  });

  it('is another when the tables were made anew', async () => {
    const { history } = await source.sync(null);
    await runRaw(
      under.location,
      `ALTER TABLE authority_changes RENAME TO old; CREATE TABLE authority_changes (LIKE old INCLUDING ALL)`,
    );
    expect((await source.sync(null)).history).not.toBe(history);
  });

  it('of each answer is that of the connection that answered', async () => {
    const before = await source.sync(null);
    await define(`RETURN '00000002:promoted'`);
    expect((await source.load(keyOf(digestOf(0).digest))).history).toMatch(/:00000002:promoted$/);
    expect((await source.sync(before)).history).toMatch(/:00000002:promoted$/);
  });

  it('is not to be had from a standby: it answers nothing', async () => {
    await source.sync(null);
    await define(`RAISE EXCEPTION 'recovery is in progress'`);
    await expect(source.sync(null)).rejects.toThrow('recovery');
    await expect(source.load(keyOf(digestOf(0).digest))).rejects.toThrow('recovery');
  });

  it('alone gives no lease: a database that takes no writes gives none', async () => {
    await source.sync(null);
    const database = new URL(url).pathname.slice(1);
    await runRaw(
      under.location,
      `ALTER DATABASE ${database} SET default_transaction_read_only = on`,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}' AND pid <> pg_backend_pid()`,
    );
    // The first finds its connection gone, unless that was told before.
    await source.sync(null).catch(() => {});
    await expect(source.sync(null)).rejects.toThrow('read-only');
  });
});

describe('a broken link', () => {
  let link: CuttableLink;
  let far: StoreSource;
  let farStore: ReturnType<typeof openStore>;
  beforeEach(async () => {
    const address = new URL(url);
    link = await linkTo(address.hostname, Number(address.port));
    address.port = String(link.port);
    farStore = openStore({ kind: 'postgres', url: address.href }, () => {});
    far = createStoreSource(sourceParts(farStore, { freshnessMs: 300 }));
  });
  afterEach(async () => {
    await far.close();
    await farStore.close();
    await link.close();
  });

  it.each([
    ['swallows everything', async () => link.blackHole()],
    ['is cut', () => link.cut()],
  ] as const)('that %s fails soon, and works with the next try once it is mended', async (_how, broken) => {
    await far.sync(null);
    await far.load(keyOf(digestOf(0).digest));
    await broken();
    const fromMs = performance.now();
    const loading = far.load(keyOf(digestOf(0).digest)).catch((error) => error);
    await expect(far.sync(null)).rejects.toSatisfy(isDatabaseOutage);
    expect(await loading).toSatisfy(isDatabaseOutage);
    await expect(far.sync(null)).rejects.toSatisfy(isDatabaseOutage);
    expect(performance.now() - fromMs).toBeLessThan(2000);
    await link.mend();
    await far.sync(null);
    expect(recordIn(await far.load(keyOf(digestOf(0).digest)))).not.toBeNull();
  });

  it('is not waited for by loads once the sync has found it', async () => {
    await far.sync(null);
    await far.load(keyOf(digestOf(0).digest));
    link.blackHole();
    let ended = false;
    const loading = far.load(keyOf(digestOf(0).digest)).catch(() => {
      ended = true;
    });
    await expect(far.sync(null)).rejects.toThrow();
    // What closing a socket takes; a load's own time would be many times as long.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(true);
    await loading;
  });
});

it('tells of a lost idle connection in a sentence: what is logged holds no address of the database', async () => {
  const failures: unknown[] = [];
  const parts = sourceParts(under.store, {});
  const watched = createStoreSource({ ...parts, onFailure: (error) => failures.push(error) });
  await watched.load(keyOf(digestOf(0).digest));
  const database = new URL(url).pathname.slice(1);
  await runRaw(
    under.location,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = '${database}' AND pid <> pg_backend_pid() AND query LIKE '%authority_history%'`,
  );
  await expect.poll(() => failures.length).toBeGreaterThan(0);
  for (const failure of failures) {
    expect(failure).toBeInstanceOf(Error);
    expect(Object.keys(failure as Error)).toEqual([]);
    expect(inspect(failure)).not.toContain(new URL(url).password || new URL(url).port);
  }
  expect(recordIn(await watched.load(keyOf(digestOf(0).digest)))).not.toBeNull();
  await watched.close();
});
