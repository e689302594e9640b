import { describe, expect, it } from 'vitest';
import { BATCH_MAX, USES_MAX, type Use, WRITES_AT_ONCE, WRITES_PER_SECOND } from './pending-uses.ts';
import { type ExcessRefusals, REPORTED_ROWS_PER_MINUTE, REPORTED_WAITING_MAX } from './reported-rows.ts';
import {
  createUsageRecorder,
  REFUSAL_REPEAT_MS,
  type RefusalCount,
  type ReportedUse,
} from './usage-recorder.ts';

const REPORTER = { id: 'client_1', name: 'reports' };
const TOKEN = { tokenId: 't1', organizationId: 'default', holderId: 'u1' };

function recorder() {
  let nowMs = 1000;
  let failing = false;
  let locked: string | null = null;
  const uses: Use[][] = [];
  const reported: ReportedUse[][] = [];
  const refusals: RefusalCount[][] = [];
  const excess: ExcessRefusals[] = [];
  const failIfAway = () => {
    if (failing) throw new Error('the store is away');
  };
  const usage = createUsageRecorder(
    {
      recordUses: async (batch) => {
        failIfAway();
        uses.push([...batch]);
        return batch.filter(({ tokenId }) => tokenId === locked);
      },
      recordReportedUses: async (batch) => {
        failIfAway();
        reported.push([...batch]);
      },
      recordRefusals: async (batch) => {
        failIfAway();
        refusals.push([...batch]);
      },
      recordExcess: async (batch) => {
        failIfAway();
        excess.push(...batch);
      },
    },
    () => nowMs,
  );
  return {
    usage,
    uses,
    reported,
    refusals,
    excess,
    advance: (ms: number) => {
      nowMs += ms;
    },
    fail: (on: boolean) => {
      failing = on;
    },
    lock: (tokenId: string | null) => {
      locked = tokenId;
    },
  };
}

describe('what verification saw', () => {
  it('is one write for any number of uses of a token, the latest', async () => {
    const { usage, uses, advance } = recorder();
    for (let round = 0; round < 1000; round++) {
      advance(1);
      usage.used('t1', `10.0.0.${round % 4}`, 'curl');
    }
    await usage.flush();
    await usage.flush();
    expect(uses).toEqual([[{ tokenId: 't1', atMs: 2000, address: '10.0.0.3', agent: 'curl' }]]);
  });

  it('is not lost when the store is away', async () => {
    const { usage, uses, refusals, fail } = recorder();
    usage.used('t1', undefined, undefined);
    usage.refused(TOKEN, 'expired', undefined, undefined);
    fail(true);
    await expect(usage.flush()).rejects.toThrow('away');
    fail(false);
    usage.refused(TOKEN, 'expired', undefined, undefined);
    await usage.flush();
    expect(uses[0]).toHaveLength(1);
    expect(refusals[0]).toMatchObject([{ tokenId: 't1', reason: 'expired', count: 2 }]);
  });

  it('tells the audit trail a first refusal at once and counts its repeats', async () => {
    const { usage, refusals, advance } = recorder();
    usage.refused(TOKEN, 'revoked', '10.0.0.1', 'curl');
    await usage.flush();
    for (let round = 0; round < 50; round++) {
      advance(100);
      usage.refused(TOKEN, 'revoked', '10.0.0.1', 'curl');
      await usage.flush();
    }
    expect(refusals).toHaveLength(1);
    advance(REFUSAL_REPEAT_MS);
    await usage.flush();
    expect(refusals[1]).toMatchObject([{ count: 50, firstAtMs: 1100 }]);
  });

  it('is written whole when the server stops', async () => {
    const { usage, refusals } = recorder();
    usage.refused(TOKEN, 'revoked', undefined, undefined);
    await usage.flush();
    usage.refused(TOKEN, 'revoked', undefined, undefined);
    await usage.flush(true);
    expect(refusals).toHaveLength(2);
  });

  it('is written in batches, and of what was written only that counts', async () => {
    const { usage, uses, fail } = recorder();
    for (let at = 0; at < 2 * BATCH_MAX + 1; at++) usage.used(`t${at}`, undefined, undefined);
    await usage.flush();
    expect(uses.map((batch) => batch.length)).toEqual([BATCH_MAX, BATCH_MAX, 1]);
    fail(true);
    for (let at = 0; at < BATCH_MAX + 1; at++) usage.used(`t${at}`, undefined, undefined);
    await expect(usage.flush()).rejects.toThrow('away');
    fail(false);
    await usage.flush();
    expect(uses.slice(3).map((batch) => batch.length)).toEqual([BATCH_MAX, 1]);
  });

  it('stays for the next time where it would have had to wait for a lock, unless it was used since', async () => {
    const { usage, uses, advance, lock } = recorder();
    lock('t1');
    usage.used('t1', undefined, 'first');
    usage.used('t2', undefined, undefined);
    await usage.flush();
    await usage.flush();
    expect(uses.map((batch) => batch.map(({ tokenId, atMs }) => [tokenId, atMs]))).toEqual([
      [
        ['t1', 1000],
        ['t2', 1000],
      ],
      [['t1', 1000]],
    ]);
    const flushed = usage.flush();
    advance(5);
    usage.used('t1', undefined, 'later');
    await flushed;
    lock(null);
    await usage.flush();
    expect(uses.at(-1)).toEqual([{ tokenId: 't1', atMs: 1005, address: null, agent: 'later' }]);
  });

  it('goes by the latest, in whatever order uses are told', async () => {
    const { usage, uses } = recorder();
    usage.used('t1', undefined, 'later', 900);
    usage.used('t1', undefined, 'earlier', 800);
    await usage.flush();
    expect(uses[0]).toEqual([{ tokenId: 't1', atMs: 900, address: null, agent: 'later' }]);
  });

  it('keeps what services report apart from what was seen here', async () => {
    const { usage, uses, reported } = recorder();
    usage.used('t1', undefined, 'mine');
    const report = {
      tokenId: 't1',
      atMs: 5000,
      address: '10.0.0.1',
      agent: 'x'.repeat(500),
      reporter: REPORTER,
    };
    usage.reportUse(report);
    usage.reportUse({ ...report, atMs: 4000, agent: 'older' });
    await usage.flush();
    expect(uses).toEqual([[{ tokenId: 't1', atMs: 1000, address: null, agent: 'mine' }]]);
    expect(reported).toEqual([[{ ...report, agent: 'x'.repeat(200) }]]);
  });

  it('takes no more writes a second, however many tokens are in use, and each has its turn', async () => {
    const written = async (tokens: number) => {
      const { usage, uses, advance } = recorder();
      const seconds = 60;
      for (let at = 0; at < tokens; at++) usage.used(`t${at}`, undefined, undefined);
      for (let second = 0; second < seconds; second++) {
        advance(1000);
        for (let at = 0; at < tokens; at += 7) usage.used(`t${at}`, undefined, undefined);
        await usage.flush();
        // Who asks more often gets no more written.
        await usage.flushUses();
      }
      const rows = uses.flat();
      return { rows: rows.length, tokens: new Set(rows.map(({ tokenId }) => tokenId)).size };
    };
    const bound = WRITES_AT_ONCE + 60 * WRITES_PER_SECOND;
    expect(await written(100)).toMatchObject({ tokens: 100 });
    expect(await written(50_000)).toMatchObject({ tokens: 50_000 });
    expect((await written(50_000)).rows).toBeLessThanOrEqual(bound);
    expect((await written(200_000)).rows).toBeLessThanOrEqual(bound);
  });

  it('is written whole when the server stops, however much waits', async () => {
    const { usage, uses } = recorder();
    for (let at = 0; at < 3 * WRITES_AT_ONCE; at++) usage.used(`t${at}`, undefined, undefined);
    await usage.flush(true);
    expect(uses.flat()).toHaveLength(3 * WRITES_AT_ONCE);
  });

  it('takes a bounded amount of memory while the store is away', async () => {
    const { usage, uses, fail, advance } = recorder();
    fail(true);
    for (let at = 0; at < USES_MAX + 10; at++) usage.used(`t${at}`, undefined, undefined);
    await expect(usage.flush(true)).rejects.toThrow('away');
    advance(1);
    usage.used('one more', undefined, undefined);
    usage.used('t1', undefined, undefined);
    fail(false);
    await usage.flush(true);
    const written = uses.flat();
    expect(written).toHaveLength(USES_MAX);
    expect(written.find(({ tokenId }) => tokenId === 't1')?.atMs).toBe(1001);
  });

  it('of refusals is written though uses cannot be, and the other way round', async () => {
    const failing = { uses: false, refusals: false };
    const written: string[] = [];
    const usage = createUsageRecorder(
      {
        recordUses: async () => {
          if (failing.uses) throw new Error('no uses');
          written.push('uses');
          return [];
        },
        recordReportedUses: async () => {},
        recordExcess: async () => {},
        recordRefusals: async () => {
          if (failing.refusals) throw new Error('no refusals');
          written.push('refusals');
        },
      },
      () => 1000,
    );
    usage.used('t1', undefined, undefined);
    usage.refused(TOKEN, 'revoked', undefined, undefined);
    failing.uses = true;
    await expect(usage.flush()).rejects.toThrow('no uses');
    failing.uses = false;
    failing.refusals = true;
    usage.refused(TOKEN, 'expired', undefined, undefined);
    await expect(usage.flush()).rejects.toThrow('no refusals');
    expect(written).toEqual(['refusals', 'uses']);
  });

  it('counts refusals that services report apart from its own, each service for itself', async () => {
    const { usage, refusals } = recorder();
    const last = { tokenId: 't1', atMs: 900, address: '10.0.0.2', agent: null };
    const seen = { reason: 'expired' as const, firstAtMs: 700, last };
    const by = (id: string) => ({ reporter: { id, name: id }, reason: null, secretId: null, scope: null });
    usage.refused(TOKEN, 'expired', '10.0.0.1', 'curl');
    usage.reportRefusals(TOKEN, { ...seen, count: 3, reported: by('client_1') });
    usage.reportRefusals(TOKEN, { ...seen, count: 2, reported: by('client_1') });
    usage.reportRefusals(TOKEN, { ...seen, count: 7, reported: by('client_2') });
    await usage.flush();
    expect(refusals.flat().map(({ count, reported }) => [count, reported?.reporter.id])).toEqual([
      [1, undefined],
      [5, 'client_1'],
      [7, 'client_2'],
    ]);
  });

  const flood = (usage: ReturnType<typeof recorder>['usage'], id: string, from: number, to: number) => {
    const reported = { reporter: { id, name: id }, reason: null, secretId: null, scope: null };
    for (let at = from; at < to; at++) {
      const last = { tokenId: `t${at}`, atMs: 900 + at, address: null, agent: null };
      const token = { ...TOKEN, tokenId: last.tokenId };
      usage.reportRefusals(token, { reason: 'expired', count: 2, firstAtMs: 700, last, reported });
    }
  };

  it('writes so many rows of a service a minute; what is beyond is one row, and others keep theirs', async () => {
    const { usage, refusals, excess, advance } = recorder();
    flood(usage, 'client_1', 0, 5000);
    flood(usage, 'client_2', 0, 10);
    usage.refused(TOKEN, 'expired', undefined, undefined);
    await usage.flush();
    const rowsOf = (id: string | undefined) =>
      refusals.flat().filter(({ reported }) => reported?.reporter.id === id).length;
    expect([rowsOf('client_1'), rowsOf('client_2'), rowsOf(undefined)]).toEqual([
      REPORTED_ROWS_PER_MINUTE,
      10,
      1,
    ]);
    const beyond = 5000 - REPORTED_ROWS_PER_MINUTE;
    expect(excess).toEqual([
      {
        reporter: { id: 'client_1', name: 'client_1' },
        count: 2 * beyond,
        firstAtMs: 700,
        lastAtMs: 900 + 4999,
      },
    ]);
    for (let second = 0; second < 60; second++) {
      advance(1000);
      flood(usage, 'client_1', 10_000 + 100 * second, 10_100 + 100 * second);
      await usage.flush();
    }
    expect(rowsOf('client_1')).toBeLessThanOrEqual(2 * REPORTED_ROWS_PER_MINUTE);
    expect(excess).toHaveLength(2);
    await usage.flush(true);
    const told = refusals.flat().filter(({ reported }) => reported?.reporter.id === 'client_1');
    const all = [...told, ...excess].reduce((sum, { count }) => sum + count, 0);
    expect(all).toBe(2 * (5000 + 6000));
  });

  it('remembers so many different refusals of a service while the store is away, and loses no count', async () => {
    const { usage, refusals, excess, advance, fail } = recorder();
    fail(true);
    for (let minute = 0; minute < 10; minute++) {
      flood(usage, 'client_1', 1000 * minute, 1000 * (minute + 1));
      await expect(usage.flush(true)).rejects.toThrow('away');
      advance(60_000);
    }
    fail(false);
    await usage.flush(true);
    expect(refusals.flat()).toHaveLength(REPORTED_WAITING_MAX);
    expect([...refusals.flat(), ...excess].reduce((sum, { count }) => sum + count, 0)).toBe(20_000);
    expect(excess).toHaveLength(1);
  });
});
