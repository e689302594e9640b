/** When another node's row is stopped and deleted, and that its freshness counts until then, on both engines. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  DIALECTS,
  openSource,
  openStoreUnderTest,
  type StoreUnderTest,
  sourceParts,
} from '../engines/store-under-test.ts';
import { createNodeWatch, freshnessMsMax, HEARTBEAT_MS, listNodes } from './nodes.ts';

describe.each(DIALECTS)('a node on %s', (dialect) => {
  let under: StoreUnderTest;
  beforeAll(async () => {
    under = await openStoreUnderTest(dialect);
  });
  afterAll(() => under.close());
  beforeEach(async () => {
    await under.store.kysely.deleteFrom('nodes').execute();
  });

  const watch = () => {
    let nowMs = 0;
    const nodeWatch = createNodeWatch(under.store.kysely, { monotonicMs: () => nowMs, wallMs: () => 77 });
    return async (atMs: number) => {
      nowMs = atMs;
      await nodeWatch.sweep();
      return (await listNodes(under.store.kysely)).map(({ id, stoppedAtMs }) => [id, stoppedAtMs]);
    };
  };
  const registered = async (freshnessMs = 1000) => {
    const parts = sourceParts(under.store, { freshnessMs });
    const source = openSource(under.store, parts);
    await source.sync(null);
    return { id: parts.node.id, source };
  };
  const quietMs = 3 * HEARTBEAT_MS + 1000 + 1000;

  it('counts with its freshness until its row is deleted, however it ended', async () => {
    expect(await freshnessMsMax(under.store)).toBe(0);
    const short = await registered(200);
    expect(await freshnessMsMax(under.store)).toBe(200);
    const long = await registered(60_000);
    expect(await freshnessMsMax(under.store)).toBe(60_000);
    await long.source.close();
    expect(await freshnessMsMax(under.store)).toBe(60_000);
    await short.source.close();
  });

  it('that stopped is deleted when its leases are over, and not before', async () => {
    const { id, source } = await registered();
    await source.close();
    const sweep = watch();
    expect(await sweep(0)).toMatchObject([[id, expect.any(Number)]]);
    expect(await sweep(2000)).toHaveLength(1);
    expect(await sweep(2001)).toHaveLength(0);
  });

  it('that is not heard of is first stopped, and deleted when a lease it may have had is over', async () => {
    const { id, source } = await registered();
    const sweep = watch();
    await sweep(0);
    expect(await sweep(quietMs)).toEqual([[id, null]]);
    expect(await sweep(quietMs + 1)).toEqual([[id, 77]]);
    expect(await sweep(quietMs + 2000)).toEqual([[id, 77]]);
    expect(await sweep(quietMs + 2001)).toEqual([[id, 77]]);
    expect(await sweep(quietMs + 4001)).toEqual([]);
    await source.close();
  });

  it('that lives after all takes back that it was stopped, and is watched from then on', async () => {
    const { id, source } = await registered();
    const sweep = watch();
    await sweep(0);
    expect(await sweep(quietMs + 1)).toEqual([[id, 77]]);
    await sweep(quietMs + 2);
    await source.sync(null);
    expect(await sweep(quietMs + 9000)).toEqual([[id, null]]);
    expect(await sweep(2 * quietMs)).toEqual([[id, null]]);
    await source.close();
  });

  it('is never deleted under the eyes of one that saw an earlier life of it', async () => {
    const { id, source } = await registered();
    const sweep = watch();
    await sweep(0);
    await sweep(quietMs + 1);
    await sweep(quietMs + 2);
    // Lives again, and is stopped again, before the watcher looks: the same state with another count.
    await source.sync(null);
    await under.store.kysely.updateTable('nodes').set({ stopped_at_ms: 77 }).where('id', '=', id).execute();
    expect(await sweep(quietMs + 9000)).toEqual([[id, 77]]);
    await source.close();
  });

  it('that registers again while it is being cleared away stays', async () => {
    const { id, source } = await registered();
    let nowMs = 0;
    let lives = async () => {};
    // Between what the watcher reads and what it does about it.
    const kysely = under.store.kysely.withPlugin({
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        await lives();
        return result;
      },
    });
    const nodeWatch = createNodeWatch(kysely, { monotonicMs: () => nowMs, wallMs: () => 77 });
    const sweepAt = async (atMs: number) => {
      nowMs = atMs;
      await nodeWatch.sweep();
    };
    await sweepAt(0);
    await sweepAt(quietMs + 1);
    await sweepAt(quietMs + 2);
    lives = async () => {
      lives = async () => {};
      await source.sync(null);
      // Stopped in its new life, too: only the heartbeat tells the two apart.
      await under.store.kysely.updateTable('nodes').set({ stopped_at_ms: 77 }).where('id', '=', id).execute();
    };
    await sweepAt(quietMs + 9000);
    expect(await listNodes(under.store.kysely)).toMatchObject([{ id, stoppedAtMs: 77 }]);
    await source.close();
  });

  it('is not found dead by who could not look for a while', async () => {
    const { id, source } = await registered();
    let fails = false;
    let nowMs = 0;
    const nodeWatch = createNodeWatch(under.store.kysely, {
      monotonicMs: () => {
        if (fails) throw new Error('away');
        return nowMs;
      },
      wallMs: () => 77,
    });
    await nodeWatch.sweep();
    fails = true;
    await expect(nodeWatch.sweep()).rejects.toThrow('away');
    fails = false;
    nowMs = 10 * quietMs;
    await nodeWatch.sweep();
    expect((await listNodes(under.store.kysely))[0]?.stoppedAtMs).toBeNull();
    nowMs = 12 * quietMs;
    await nodeWatch.sweep();
    expect(await listNodes(under.store.kysely)).toMatchObject([{ id, stoppedAtMs: 77 }]);
    await source.close();
  });

  it('is heard of', async () => {
    let nowMs = 0;
    const source = openSource(under.store, { clock: { monotonicMs: () => nowMs, wallMs: () => 5 } });
    await source.sync(null);
    const before = (await listNodes(under.store.kysely))[0]?.heartbeatCount ?? Number.NaN;
    nowMs = HEARTBEAT_MS;
    const { history, seq } = await source.sync(null);
    await source.sync({ history, seq });
    await expect
      .poll(async () => (await listNodes(under.store.kysely))[0])
      .toMatchObject({ heartbeatCount: before + (dialect === 'sqlite' ? 1 : 2), appliedSeq: seq });
    await source.close();
  });
});
