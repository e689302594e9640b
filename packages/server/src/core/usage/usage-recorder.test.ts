import { describe, expect, it } from 'vitest';
import {
  BATCH_MAX,
  createUsageRecorder,
  REFUSAL_REPEAT_MS,
  type RefusalCount,
  USES_MAX,
  type Use,
} from './usage-recorder.ts';

const TOKEN = { tokenId: 't1', organizationId: 'default', holderId: 'u1' };

function recorder() {
  let nowMs = 1000;
  let failing = false;
  let locked: string | null = null;
  const uses: Use[][] = [];
  const refusals: RefusalCount[][] = [];
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
      recordRefusals: async (batch) => {
        failIfAway();
        refusals.push([...batch]);
      },
    },
    () => nowMs,
  );
  return {
    usage,
    uses,
    refusals,
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
    expect(uses).toEqual([[{ tokenId: 't1', atMs: 2000, address: '10.0.0.3', client: 'curl' }]]);
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
    expect(uses.at(-1)).toEqual([{ tokenId: 't1', atMs: 1005, address: null, client: 'later' }]);
  });

  it('goes by the latest, in whatever order uses are told', async () => {
    const { usage, uses } = recorder();
    usage.used('t1', undefined, 'later', 900);
    usage.used('t1', undefined, 'earlier', 800);
    await usage.flush();
    expect(uses[0]).toEqual([{ tokenId: 't1', atMs: 900, address: null, client: 'later' }]);
  });

  it('takes what others saw, never over what is newer and never from the future', async () => {
    const { usage, uses } = recorder();
    usage.used('t1', undefined, 'mine');
    usage.usedBefore({ tokenId: 't1', atMs: 900, address: null, client: 'theirs' });
    usage.usedBefore({ tokenId: 't2', atMs: 900, address: '10.0.0.1', client: 'theirs' });
    usage.usedBefore({ tokenId: 't2', atMs: 9_000_000, address: null, client: 'x'.repeat(500) });
    await usage.flush();
    expect(uses[0]).toEqual([
      { tokenId: 't1', atMs: 1000, address: null, client: 'mine' },
      { tokenId: 't2', atMs: 1000, address: null, client: 'x'.repeat(200) },
    ]);
  });

  it('takes a bounded amount of memory while the store is away', async () => {
    const { usage, uses, fail, advance } = recorder();
    fail(true);
    for (let at = 0; at < USES_MAX + 10; at++) usage.used(`t${at}`, undefined, undefined);
    await expect(usage.flush()).rejects.toThrow('away');
    advance(1);
    usage.used('one more', undefined, undefined);
    usage.used('t1', undefined, undefined);
    fail(false);
    await usage.flush();
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

  it('counts refusals that others saw with its own, none of them later than now', async () => {
    const { usage, refusals } = recorder();
    usage.refused(TOKEN, 'expired', '10.0.0.1', 'curl');
    const last = { tokenId: 't1', atMs: 900, address: '10.0.0.2', client: null };
    usage.refusedBefore(TOKEN, 'expired', { count: 3, firstAtMs: 700, last });
    usage.refusedBefore(TOKEN, 'revoked', { count: 2, firstAtMs: 5000, last: { ...last, atMs: 9000 } });
    await usage.flush();
    expect(refusals).toEqual([
      [
        {
          ...TOKEN,
          reason: 'expired',
          count: 4,
          firstAtMs: 700,
          last: { tokenId: 't1', atMs: 1000, address: '10.0.0.1', client: 'curl' },
        },
        { ...TOKEN, reason: 'revoked', count: 2, firstAtMs: 1000, last: { ...last, atMs: 1000 } },
      ],
    ]);
  });
});
