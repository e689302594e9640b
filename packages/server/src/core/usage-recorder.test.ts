import type { RefusalReason } from '@lencana/verifier';
import { describe, expect, it } from 'vitest';
import { createUsageRecorder, REFUSAL_REPEAT_MS, type RefusalCount, type Use } from './usage-recorder.ts';

const TOKEN = { tokenId: 't1', organizationId: 'default', holderId: 'u1' };

function recorder() {
  let nowMs = 1000;
  let failing = false;
  const written: { uses: (readonly Use[])[]; refusals: (readonly RefusalCount[])[] } = {
    uses: [],
    refusals: [],
  };
  const locked = new Set<string>();
  const recorder = createUsageRecorder(
    {
      recordUses: async (uses) => {
        if (failing) throw new Error('the store is away');
        written.uses.push(uses);
        return [...locked];
      },
      recordRefusals: async (refusals) => {
        if (failing) throw new Error('the store is away');
        written.refusals.push(refusals);
      },
    },
    () => nowMs,
  );
  type At = string | undefined;
  const usage = {
    flush: recorder.flush,
    used: (id: string, address: At, client: At) => recorder.used(id, address, client, nowMs),
    refused: (token: typeof TOKEN, reason: RefusalReason, address: At, client: At) =>
      recorder.refused(token, reason, address, client, nowMs),
  };
  return {
    usage,
    usedAt: recorder.used,
    written,
    locked,
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
    const { usage, written, advance } = recorder();
    for (let round = 0; round < 1000; round++) {
      advance(1);
      usage.used('t1', `10.0.0.${round % 4}`, 'curl');
    }
    await usage.flush();
    await usage.flush();
    expect(written.uses).toHaveLength(1);
    expect(written.uses[0]).toEqual([{ tokenId: 't1', atMs: 2000, address: '10.0.0.3', client: 'curl' }]);
  });

  it('is not lost when the store is away', async () => {
    const { usage, written, fail } = recorder();
    usage.used('t1', undefined, undefined);
    usage.refused(TOKEN, 'expired', undefined, undefined);
    fail(true);
    await expect(usage.flush()).rejects.toThrow('away');
    fail(false);
    usage.refused(TOKEN, 'expired', undefined, undefined);
    await usage.flush();
    expect(written.uses[0]).toHaveLength(1);
    expect(written.refusals[0]).toMatchObject([{ tokenId: 't1', reason: 'expired', count: 2 }]);
  });

  it('tells the audit trail a first refusal at once and counts its repeats', async () => {
    const { usage, written, advance } = recorder();
    usage.refused(TOKEN, 'revoked', '10.0.0.1', 'curl');
    await usage.flush();
    for (let round = 0; round < 50; round++) {
      advance(100);
      usage.refused(TOKEN, 'revoked', '10.0.0.1', 'curl');
      await usage.flush();
    }
    expect(written.refusals).toHaveLength(1);
    advance(REFUSAL_REPEAT_MS);
    await usage.flush();
    expect(written.refusals[1]).toMatchObject([{ count: 50, firstAtMs: 1100 }]);
  });

  it('is written whole when the server stops', async () => {
    const { usage, written } = recorder();
    usage.refused(TOKEN, 'revoked', undefined, undefined);
    await usage.flush();
    usage.refused(TOKEN, 'revoked', undefined, undefined);
    await usage.flush(true);
    expect(written.refusals).toHaveLength(2);
  });

  it('goes by the latest, in whatever order uses are told', async () => {
    const { usage, usedAt, written } = recorder();
    usedAt('t1', '10.0.0.2', 'new', 900);
    usedAt('t1', '10.0.0.1', 'old', 800);
    await usage.flush();
    expect(written.uses[0]).toEqual([{ tokenId: 't1', atMs: 900, address: '10.0.0.2', client: 'new' }]);
  });

  it('is kept for the next flush where another node was writing the same token', async () => {
    const { usage, written, locked } = recorder();
    usage.used('t1', 'a', 'b');
    usage.used('t2', 'a', 'b');
    locked.add('t2');
    await usage.flush();
    locked.clear();
    await usage.flush();
    expect(written.uses.map((batch) => batch.map(({ tokenId }) => tokenId))).toEqual([['t1', 't2'], ['t2']]);
  });

  it('is written in batches that nobody has to wait for long', async () => {
    const { usage, written } = recorder();
    for (let at = 0; at < 1200; at++) usage.used(`t${at}`, 'a', 'b');
    await usage.flush();
    expect(written.uses.map((batch) => batch.length)).toEqual([500, 500, 200]);
  });
});
