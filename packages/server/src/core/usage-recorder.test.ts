import { describe, expect, it } from 'vitest';
import { createUsageRecorder, REFUSAL_REPEAT_MS, type RefusalCount, type Use } from './usage-recorder.ts';

const TOKEN = { tokenId: 't1', organizationId: 'default', holderId: 'u1' };

function recorder() {
  let nowMs = 1000;
  let failing = false;
  const batches: { uses: readonly Use[]; refusals: readonly RefusalCount[] }[] = [];
  const usage = createUsageRecorder(
    {
      record: async (uses, refusals) => {
        if (failing) throw new Error('the store is away');
        batches.push({ uses, refusals });
      },
    },
    () => nowMs,
  );
  return {
    usage,
    batches,
    advance: (ms: number) => {
      nowMs += ms;
    },
    fail: (on: boolean) => {
      failing = on;
    },
  };
}

describe('what verification saw', () => {
  it('is one write for any number of uses of a token, the latest', async () => {
    const { usage, batches, advance } = recorder();
    for (let round = 0; round < 1000; round++) {
      advance(1);
      usage.used('t1', `10.0.0.${round % 4}`, 'curl');
    }
    await usage.flush();
    await usage.flush();
    expect(batches).toHaveLength(1);
    expect(batches[0]?.uses).toEqual([{ tokenId: 't1', atMs: 2000, address: '10.0.0.3', client: 'curl' }]);
  });

  it('is not lost when the store is away', async () => {
    const { usage, batches, fail } = recorder();
    usage.used('t1', undefined, undefined);
    usage.refused(TOKEN, 'expired', undefined, undefined);
    fail(true);
    await expect(usage.flush()).rejects.toThrow('away');
    fail(false);
    usage.refused(TOKEN, 'expired', undefined, undefined);
    await usage.flush();
    expect(batches[0]?.uses).toHaveLength(1);
    expect(batches[0]?.refusals).toMatchObject([{ tokenId: 't1', reason: 'expired', count: 2 }]);
  });

  it('tells the audit trail a first refusal at once and counts its repeats', async () => {
    const { usage, batches, advance } = recorder();
    usage.refused(TOKEN, 'revoked', '10.0.0.1', 'curl');
    await usage.flush();
    for (let round = 0; round < 50; round++) {
      advance(100);
      usage.refused(TOKEN, 'revoked', '10.0.0.1', 'curl');
      await usage.flush();
    }
    expect(batches).toHaveLength(1);
    advance(REFUSAL_REPEAT_MS);
    await usage.flush();
    expect(batches[1]?.refusals).toMatchObject([{ count: 50, firstAtMs: 1100 }]);
  });

  it('is written whole when the server stops', async () => {
    const { usage, batches } = recorder();
    usage.refused(TOKEN, 'revoked', undefined, undefined);
    await usage.flush();
    usage.refused(TOKEN, 'revoked', undefined, undefined);
    await usage.flush(true);
    expect(batches).toHaveLength(2);
  });
});
