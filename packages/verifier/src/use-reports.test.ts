import { beforeEach, expect, test } from 'vitest';
import { SourceError } from './source-error.ts';
import { RECORD, settle } from './source-under-test.ts';
import {
  BATCH_MAX,
  BATCHES_MAX,
  createUseReports,
  REFUSALS_MAX,
  REPORT_EVERY_MS,
  type ReportBody,
  TRIES_MAX,
  USES_MAX,
  type UseReports,
} from './use-reports.ts';
import { TimerInHand } from './wire-under-test.ts';

let timer: TimerInHand;
let nowMs: number;
let delivered: ReportBody[];
let failing: boolean;
let error: Error;
let refused: SourceError[];
let reports: UseReports;

const NOTHING = { secret_id: RECORD.token.secretId, scope: null, address: null, agent: null };
const tokenOf = (tokenId: string) => ({ ...RECORD.token, tokenId });

beforeEach(() => {
  timer = new TimerInHand();
  nowMs = 1000;
  delivered = [];
  failing = false;
  error = new Error('away');
  refused = [];
  reports = createUseReports({
    timer,
    deliver: async (body) => {
      if (failing) throw error;
      delivered.push(body);
    },
    onRefused: (each) => refused.push(each),
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
      instance: expect.stringMatching(/^vrf_[0-9a-f]{32}$/),
      batch: 1,
      uses: [
        { ...NOTHING, token_id: 't1', at_ms: 2000, address: '192.0.2.0', agent: 'curl' },
        { ...NOTHING, token_id: 'tok_2', at_ms: 2000 },
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
      ...NOTHING,
      token_id: 't1',
      reason: 'revoked',
      count: 2,
      first_at_ms: 1000,
      at_ms: 1500,
      address: '192.0.2.2',
      agent: 'curl',
    },
    {
      ...NOTHING,
      token_id: 't1',
      reason: 'expired',
      count: 1,
      first_at_ms: 1500,
      at_ms: 1500,
    },
  ]);
});

test('goes out in portions, so many in a turn: what is above waits for the next', async () => {
  const count = BATCH_MAX * BATCHES_MAX + 5;
  for (let at = 0; at < count; at++) reports.used(tokenOf(`tok_${at}`), {}, nowMs);
  await report();
  expect(delivered.map(({ uses }) => uses.length)).toEqual(Array(BATCHES_MAX).fill(BATCH_MAX));
  reports.used(tokenOf(`tok_${count - 1}`), { agent: 'later' }, nowMs + 1);
  await report();
  expect(delivered.at(-1)?.uses.length).toBe(5);
  expect(delivered.at(-1)?.uses.at(-1)).toMatchObject({ at_ms: 1001, agent: 'later' });
  expect(delivered.map(({ batch }) => batch)).toEqual(
    Array.from({ length: BATCHES_MAX + 1 }, (_, at) => at + 1),
  );
});

test('the scopes that were demanded are named, without what nobody can hold', async () => {
  const scopes = ['billing:editor', 'x'.repeat(9000)];
  reports.used(tokenOf('t1'), { scope: 'reports:viewer', scopes }, nowMs);
  await report();
  expect(delivered[0]?.uses[0]?.scope).toBe('reports:viewer billing:editor');
});

test('a batch that did not arrive is sent again as it was; what came since is another', async () => {
  failing = true;
  const tried: ReportBody[] = [];
  reports.used(tokenOf('t1'), { agent: 'old' }, nowMs);
  reports.refused(tokenOf('t1'), 'revoked', {}, nowMs);
  await report();
  reports.used(tokenOf('t1'), { agent: 'new' }, 3000);
  reports.refused(tokenOf('t1'), 'revoked', {}, 3000);
  failing = false;
  await report();
  tried.push(...delivered);
  expect(tried.map(({ instance }) => instance === tried[0]?.instance)).toEqual([true, true]);
  expect(tried).toMatchObject([
    { batch: 1, uses: [{ at_ms: 1000, agent: 'old' }], refusals: [{ count: 1, at_ms: 1000 }] },
    { batch: 2, uses: [{ at_ms: 3000, agent: 'new' }], refusals: [{ count: 1, at_ms: 3000 }] },
  ]);
});

test('a batch whose answer was lost is sent again with its number', async () => {
  const arrived: ReportBody[] = [];
  const other = createUseReports({
    timer,
    deliver: async (body) => {
      arrived.push(structuredClone(body));
      if (arrived.length === 1) throw new SourceError('timeout', 'late');
    },
  });
  other.refused(tokenOf('t1'), 'revoked', {}, nowMs);
  await report();
  other.refused(tokenOf('t1'), 'revoked', {}, nowMs);
  await report();
  expect(arrived[1]).toEqual(arrived[0]);
  expect(arrived.map(({ batch }) => batch)).toEqual([1, 1, 2]);
});

test('a batch is lost after some tries, and the next one goes out', async () => {
  failing = true;
  reports.used(tokenOf('t1'), {}, nowMs);
  for (let turn = 0; turn < TRIES_MAX; turn++) await report();
  expect(timer.due.size).toBe(0);
  failing = false;
  reports.used(tokenOf('tok_2'), {}, nowMs);
  await report();
  expect(delivered.map(({ batch, uses }) => [batch, uses[0]?.token_id])).toEqual([[2, 'tok_2']]);
});

test('what is refused for what it says is tried no more, and told', async () => {
  failing = true;
  error = new SourceError('bad_answer', 'the status was 400');
  reports.used(tokenOf('t1'), {}, nowMs);
  await report();
  expect(refused).toEqual([error]);
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
  failing = false;
  await reports.close();
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
