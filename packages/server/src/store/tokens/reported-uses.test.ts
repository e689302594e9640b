/** What services report, as both engines keep it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenStore } from '../../core/ports.ts';
import { nameKeyOf } from '../../core/tokens/token.ts';
import { openStore } from '../engines/open-store.ts';
import {
  ACTOR,
  DIALECTS,
  digestOf,
  openStoreUnderTest,
  type StoreUnderTest,
  tokenOf,
} from '../engines/store-under-test.ts';
import { type BatchOutcome, createBatchRegister, INSTANCES_MAX, REPORTER_KEPT_MS } from './reported-uses.ts';
import { createTokenStore } from './token-store.ts';
import { createUsageStore } from './usage-store.ts';

const REPORTER = { id: 'client_1', name: 'reports' };

describe.each(DIALECTS)('reports on %s', (dialect) => {
  let under: StoreUnderTest;
  let tokens: TokenStore;
  let seed = 1;

  beforeAll(async () => {
    under = await openStoreUnderTest(dialect);
    tokens = createTokenStore(under.store);
    await under.store.kysely
      .insertInto('clients')
      .values({
        id: REPORTER.id,
        organization_id: 'default',
        name: REPORTER.name,
        secret_digest: new Uint8Array(32),
        created_at_ms: 1,
        revoked_at_ms: null,
      })
      .execute();
  });
  afterAll(() => under.close());

  async function added(): Promise<string> {
    const token = tokenOf();
    await tokens.create(token, nameKeyOf(token.name), digestOf(9000 + seed++), null, ACTOR);
    return token.id;
  }
  const report = (tokenId: string, atMs: number, address = '192.0.2.9') =>
    createUsageStore(under.store).recordReportedUses([
      { tokenId, atMs, address, agent: 'reported', reporter: REPORTER },
    ]);
  const see = (tokenId: string, atMs: number) =>
    createUsageStore(under.store).recordUses([{ tokenId, atMs, address: '10.0.0.1', agent: 'seen' }]);
  const lastUse = async (id: string) => {
    const token = await tokens.find('ana', id);
    return [token?.lastUsedAtMs, token?.lastUsedAddress, token?.lastUsedClient, token?.lastUsedReportedBy];
  };

  it('are shown with the name of their service, and never in the place of what a node saw', async () => {
    const id = await added();
    expect(await lastUse(id)).toEqual([null, null, null, null]);
    await see(id, 5000);
    await report(id, 4000);
    expect(await lastUse(id)).toEqual([5000, '10.0.0.1', 'seen', null]);
    await report(id, 6000);
    expect(await lastUse(id)).toEqual([6000, '192.0.2.9', 'reported', 'reports']);
    // What the node saw is there as it was.
    const kept = await under.store.kysely
      .selectFrom('token_uses')
      .selectAll()
      .where('token_id', '=', id)
      .execute();
    expect(kept).toEqual([{ token_id: id, used_at_ms: 5000, address: '10.0.0.1', client: 'seen' }]);
    await see(id, 7000);
    expect(await lastUse(id)).toEqual([7000, '10.0.0.1', 'seen', null]);
    await see(id, 8000);
    await report(id, 8000);
    expect(await lastUse(id)).toEqual([8000, '10.0.0.1', 'seen', null]);
  });

  it('merge by maximum, and sort a list', async () => {
    const [first, second] = [await added(), await added()];
    await report(first, 90_000);
    await report(first, 80_000, '192.0.2.8');
    await report(second, 91_000);
    expect((await lastUse(first)).slice(0, 2)).toEqual([90_000, '192.0.2.9']);
    const query = {
      holderId: 'ana',
      search: null,
      status: null,
      descending: true,
      limit: 2,
      cursor: null,
    } as const;
    const page = await tokens.list({ ...query, sort: 'last_used_at' }, 0);
    expect(page.tokens.map(({ id }) => id)).toEqual([second, first]);
  });

  it('name the service in the audit trail', async () => {
    const id = await added();
    const last = { tokenId: id, atMs: 7000, address: '192.0.2.9', agent: 'curl' };
    await createUsageStore(under.store).recordRefusals([
      {
        tokenId: id,
        organizationId: 'default',
        holderId: 'ana',
        reason: 'other',
        count: 12,
        firstAtMs: 6000,
        last,
        reported: { reporter: REPORTER, reason: 'too_late', secretId: 'sec_1', scope: 'reports:viewer' },
      },
    ]);
    const row = await under.store.kysely
      .selectFrom('audit_events')
      .select('details')
      .where('subject_id', '=', id)
      .where('action', '=', 'token.refuse')
      .executeTakeFirstOrThrow();
    expect(JSON.parse(row.details)).toMatchObject({
      reason: 'other',
      reported_reason: 'too_late',
      count: 12,
      reported_by: 'client_1',
      reporter_name: 'reports',
      secret_id: 'sec_1',
      scope: 'reports:viewer',
    });
  });

  it('beyond the rows of a service are one row about the service', async () => {
    const excess = { reporter: REPORTER, count: 900, firstAtMs: 6000, lastAtMs: 7000 };
    await createUsageStore(under.store).recordExcess([excess]);
    const row = await under.store.kysely
      .selectFrom('audit_events')
      .select(['subject_kind', 'subject_id', 'details'])
      .where('action', '=', 'client.report_excess')
      .executeTakeFirstOrThrow();
    expect(row).toMatchObject({ subject_kind: 'client', subject_id: 'client_1' });
    expect(JSON.parse(row.details)).toEqual({
      reporter_name: 'reports',
      count: 900,
      first_at_ms: 6000,
      last_at_ms: 7000,
    });
  });

  it('count once a batch, whichever nodes get it and however often', async () => {
    const nodes = [under.store, openStore(under.location, () => {})];
    const registers = nodes.map(createBatchRegister);
    const count = (batch: number, at = 0, instanceId = 'i1') =>
      registers[at % 2]?.count({
        clientId: 'client_1',
        instanceId,
        batch,
        atMs: 1000,
      }) as Promise<BatchOutcome>;
    const outcomes = await Promise.all(Array.from({ length: 8 }, (_, at) => count(1, at)));
    expect(outcomes.filter((outcome) => outcome === 'counted')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['counted', 'again']));
    expect([await count(2), await count(1), await count(2, 1), await count(9, 1)]).toEqual([
      'counted',
      'again',
      'again',
      'counted',
    ]);
    expect(await count(1, 0, 'i2')).toBe('counted');
    await nodes[1]?.close();
  });

  it('come from so many verifiers of a service at most, and those of long ago are forgotten', async () => {
    const register = createBatchRegister(under.store);
    const count = (at: number, batch = 1) =>
      register.count({ clientId: 'client_2', instanceId: `i${at}`, batch, atMs: 50_000 });
    await under.store.kysely
      .insertInto('use_reporters')
      .values(
        Array.from({ length: INSTANCES_MAX }, (_, at) => ({
          client_id: 'client_2',
          instance_id: `i${at}`,
          last_batch: 1,
          reported_at_ms: 40_000,
        })),
      )
      .execute();
    expect(await count(INSTANCES_MAX)).toBe('too_many_instances');
    expect(await count(0, 2)).toBe('counted');
    await register.sweep(40_001 + REPORTER_KEPT_MS);
    expect(await count(INSTANCES_MAX)).toBe('counted');
    expect(await count(0, 2)).toBe('again');
  });
});
