import { beforeEach, expect, test } from 'vitest';
import { RECORD, settle } from './source-under-test.ts';
import {
  BATCH_MAX,
  createUseReports,
  REFUSALS_MAX,
  REPORT_EVERY_MS,
  TRIES_MAX,
  USES_MAX,
  type UseReports,
  type UsesBody,
} from './use-reports.ts';
import { TimerInHand } from './wire-under-test.ts';

let timer: TimerInHand;
let nowMs: number;
let delivered: UsesBody[];
let failing: boolean;
/** What happens while a batch is on its way. */
let meanwhile: () => void;
let reports: UseReports;

const tokenOf = (tokenId: string) => ({ ...RECORD.token, tokenId });

beforeEach(() => {
  timer = new TimerInHand();
  nowMs = 1000;
  delivered = [];
  failing = false;
  meanwhile = () => {};
  reports = createUseReports({
    timer,
    deliver: async (body) => {
      meanwhile();
      if (failing) throw new Error('away');
      delivered.push(body);
    },
  });
});

async function report() {
  timer.ringOf(REPORT_EVERY_MS);
  await settle();
}

test('many uses of a token are one report of the last', async () => {
  for (let at = 0; at < 1000; at++) {
    nowMs++;
    reports.used(tokenOf('t1'), { address: `192.0.2.${at % 9}`, agent: 'curl' }, nowMs);
  }
  reports.used(tokenOf('tok_2'), {}, nowMs);
  expect(delivered).toEqual([]);
  await report();
  expect(delivered).toEqual([
    {
      uses: [
        { token_id: 't1', at_ms: 2000, address: '192.0.2.0', client: 'curl' },
        { token_id: 'tok_2', at_ms: 2000, address: null, client: null },
      ],
    },
  ]);
  expect(timer.due.size).toBe(0);
});

test('refusals are counted by token and reason', async () => {
  reports.refused(tokenOf('t1'), 'revoked', { address: '192.0.2.1' }, nowMs);
  nowMs = 1500.4;
  reports.refused(tokenOf('t1'), 'revoked', { address: '192.0.2.2', agent: 'curl' }, nowMs);
  reports.refused(tokenOf('t1'), 'expired', {}, nowMs);
  await report();
  expect(delivered[0]?.refusals).toEqual([
    {
      token_id: 't1',
      reason: 'revoked',
      count: 2,
      first_at_ms: 1000,
      at_ms: 1500,
      address: '192.0.2.2',
      client: 'curl',
    },
    {
      token_id: 't1',
      reason: 'expired',
      count: 1,
      first_at_ms: 1500,
      at_ms: 1500,
      address: null,
      client: null,
    },
  ]);
});

test('a report stays below what a listener takes: in portions, with long texts cut', async () => {
  for (let at = 0; at < 2 * BATCH_MAX + 1; at++) {
    reports.used(tokenOf(`tok_${at}`), { address: 'ü'.repeat(5000), agent: 'ü'.repeat(5000) }, nowMs);
    if (at < 3) reports.refused(tokenOf(`tok_${at}`), 'revoked', {}, nowMs);
  }
  await report();
  expect(delivered.map(({ uses, refusals }) => uses.length + (refusals?.length ?? 0))).toEqual([
    BATCH_MAX,
    BATCH_MAX,
    4,
  ]);
  for (const body of delivered) expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(64 * 1024);
});

test('what did not arrive is tried again, merged with what came since, and lost after some tries', async () => {
  failing = true;
  reports.used(tokenOf('t1'), { agent: 'old' }, nowMs);
  reports.used(tokenOf('tok_2'), { agent: 'old' }, nowMs);
  reports.refused(tokenOf('t1'), 'revoked', {}, nowMs);
  meanwhile = () => {
    nowMs = 3000;
    reports.used(tokenOf('tok_2'), { agent: 'new' }, nowMs);
    reports.refused(tokenOf('t1'), 'revoked', {}, nowMs);
  };
  await report();
  meanwhile = () => {};
  failing = false;
  await report();
  expect(delivered).toEqual([
    {
      uses: [
        { token_id: 'tok_2', at_ms: 3000, address: null, client: 'new' },
        { token_id: 't1', at_ms: 1000, address: null, client: 'old' },
      ],
      refusals: [
        {
          token_id: 't1',
          reason: 'revoked',
          count: 2,
          first_at_ms: 1000,
          at_ms: 3000,
          address: null,
          client: null,
        },
      ],
    },
  ]);

  failing = true;
  reports.used(tokenOf('tok_3'), {}, nowMs);
  for (let turn = 0; turn < TRIES_MAX; turn++) await report();
  expect(timer.due.size).toBe(0);
});

test('memory is bounded, whatever comes', async () => {
  failing = true;
  const flood = () => {
    for (let at = 0; at < USES_MAX + 500; at++) {
      reports.used(tokenOf(`tok_${at}`), {}, nowMs);
      reports.refused(tokenOf(`tok_${at}`), 'revoked', {}, nowMs);
    }
  };
  flood();
  await report();
  flood();
  failing = false;
  await report();
  expect(delivered.flatMap(({ uses }) => uses).length).toBe(USES_MAX);
  expect(delivered.flatMap(({ refusals }) => refusals ?? []).length).toBe(REFUSALS_MAX);
});

test('closing reports what is left, once, and does not fail', async () => {
  reports.used(tokenOf('t1'), {}, nowMs);
  await reports.close();
  expect(delivered.length).toBe(1);
  reports.used(tokenOf('t1'), {}, nowMs);
  expect(timer.due.size).toBe(0);
  await reports.close();

  const other = createUseReports({ timer, deliver: () => Promise.reject(new Error('away')) });
  other.used(tokenOf('t1'), {}, nowMs);
  await other.close();
  expect(timer.due.size).toBe(0);
});
