/** What a scrape says, of one process and of several together, and who may scrape. */
import { createServer } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { createApp } from '../http/app.ts';
import { basicCredential } from '../http/verification/client-credential.ts';
import { addMetricsRoute } from '../http/verification/metrics-route.ts';
import { countedBy, createMetrics, exposition } from './metrics.ts';
import { countRefusals, timeFinality, timeSyncs } from './observed.ts';
import { readingUnderTest } from './reading-under-test.ts';

function measured(feedRefusals = 0) {
  const verifier = readingUnderTest();
  const metrics = createMetrics({
    version: '1.2.3',
    verifier,
    feedRefusals: () => feedRefusals,
    logLinesDropped: () => 3,
  });
  return { set: verifier.set, metrics, text: async () => exposition([await metrics.snapshot()]) };
}

/** The value of one line of the exposition; undefined when it is not there. */
function valueIn(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

describe('a scrape', () => {
  test('says what was counted and read at that moment, in base units', async () => {
    const { set, metrics, text: scrape } = measured(2);
    Object.assign(set.counts, { active: 3, revoked: 1, unavailable: 1 });
    Object.assign(set.counts, { cacheHits: 7, cacheMisses: 2, cacheNegativeHits: 1 });
    Object.assign(set, { entries: 5, remainingMs: 812, ageMs: 188, failures: 1 });
    set.position = { history: 'h', seq: 42 };
    metrics.synced(4);
    metrics.revocationWaited(1051);
    metrics.usageFlushFailed();
    const text = await scrape();
    const expected = {
      'lencana_info{version="1.2.3"}': 1,
      'lencana_verdicts_total{outcome="active",reason="none"}': 3,
      'lencana_verdicts_total{outcome="refused",reason="revoked"}': 1,
      'lencana_verdicts_total{outcome="refused",reason="expired"}': 0,
      'lencana_verdicts_total{outcome="unavailable",reason="none"}': 1,
      'lencana_unavailable_total{asked="verdict"}': 1,
      'lencana_unavailable_total{asked="feed"}': 2,
      'lencana_verdict_cache_total{result="hit"}': 7,
      'lencana_verdict_cache_total{result="miss"}': 2,
      'lencana_verdict_cache_total{result="negative_hit"}': 1,
      lencana_cached_tokens: 5,
      lencana_lease_remaining_seconds: 0.812,
      lencana_sync_lag_seconds: 0.188,
      lencana_applied_seq: 42,
      lencana_sync_duration_seconds_count: 1,
      lencana_sync_duration_seconds_sum: 0.004,
      'lencana_sync_duration_seconds_bucket{le="0.0025"}': 0,
      'lencana_sync_duration_seconds_bucket{le="0.005"}': 1,
      lencana_sync_failures_total: 1,
      lencana_restarts_from_nothing_total: 1,
      lencana_load_failures_total: 3,
      lencana_revocation_wait_seconds_sum: 1.051,
      lencana_usage_flush_failures_total: 1,
    };
    for (const [series, value] of Object.entries(expected))
      expect([series, valueIn(text, series)]).toEqual([series, value]);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).toMatch(/^# TYPE lencana_verdicts_total counter$/m);
  });

  test('says the same when nothing happened since', async () => {
    const { set, text } = measured();
    set.counts.active = 3;
    set.failures = 2;
    for (const scrape of [await text(), await text()]) {
      expect(valueIn(scrape, 'lencana_verdicts_total{outcome="active",reason="none"}')).toBe(3);
      expect(valueIn(scrape, 'lencana_sync_failures_total')).toBe(2);
    }
  });

  test('says how long nothing was synced before the first sync, as a number', async () => {
    const { set, text } = measured();
    set.ageMs = Number.POSITIVE_INFINITY;
    const lagSeconds = valueIn(await text(), 'lencana_sync_lag_seconds') ?? Number.NaN;
    expect(lagSeconds).toBeGreaterThan(0);
    expect(lagSeconds).toBeLessThanOrEqual(performance.now() / 1000);
  });
});

describe('of several processes', () => {
  async function processWith(active: number, remainingMs: number, ageMs: number, seq: number) {
    const { set, metrics } = measured();
    set.counts.active = active;
    Object.assign(set, { entries: 10, remainingMs, ageMs, position: { history: 'h', seq } });
    metrics.synced(1);
    return await metrics.snapshot();
  }

  test('counts are added up and of the lease the worst is shown', async () => {
    const text = await exposition([await processWith(3, 900, 100, 8), await processWith(4, 200, 800, 5)]);
    expect(valueIn(text, 'lencana_verdicts_total{outcome="active",reason="none"}')).toBe(7);
    expect(valueIn(text, 'lencana_cached_tokens')).toBe(20);
    expect(valueIn(text, 'lencana_lease_remaining_seconds')).toBe(0.2);
    expect(valueIn(text, 'lencana_sync_lag_seconds')).toBe(0.8);
    expect(valueIn(text, 'lencana_applied_seq')).toBe(5);
    expect(valueIn(text, 'lencana_sync_duration_seconds_count')).toBe(2);
  });

  test('what one that is gone has counted stays in the sum, and what it held does not', async () => {
    const gone = await countedBy([await processWith(3, 900, 100, 8)]);
    const text = await exposition([
      await countedBy([gone, await processWith(2, 900, 100, 8)]),
      await processWith(4, 200, 800, 9),
    ]);
    expect(valueIn(text, 'lencana_verdicts_total{outcome="active",reason="none"}')).toBe(9);
    expect(valueIn(text, 'lencana_sync_duration_seconds_bucket{le="+Inf"}')).toBe(3);
    expect(valueIn(text, 'lencana_cached_tokens')).toBe(10);
    expect(valueIn(text, 'lencana_applied_seq')).toBe(9);
  });
});

describe('beside its work', () => {
  test('a sync that succeeds tells how long it took, one that fails does not', async () => {
    const answer = { history: 'h', seq: 1, changes: [], keptAfterSeq: 0, leaseMs: 1000, nowMs: 0 };
    const took: number[] = [];
    const source = timeSyncs(
      { sync: async (from) => (from === null ? answer : Promise.reject(new Error('away'))) },
      (ms) => took.push(ms),
    );
    expect(await source.sync(null)).toBe(answer);
    await expect(source.sync({ history: 'h', seq: 1 })).rejects.toThrow('away');
    expect(took).toEqual([expect.any(Number)]);
  });

  test('a wait tells how long it was, with the same end', async () => {
    const waited: number[] = [];
    const finality = timeFinality({ settled: async () => 1234 }, (ms) => waited.push(ms));
    expect(await finality.settled('The token is deleted')).toBe(1234);
    expect(waited).toEqual([expect.any(Number)]);
  });

  test('the feed counts what it could not say', async () => {
    const feed = countRefusals({
      sync: async (after) => after && { ...after, changes: [], keptAfterSeq: 0, leaseMs: 1, nowMs: 0 },
      load: async () => null,
    });
    const position = { history: 'h', seq: 1 };
    expect([
      await feed.sync(null, 0),
      (await feed.sync(position, 0))?.seq,
      await feed.load([], null),
    ]).toEqual([null, 1, null]);
    expect(feed.refusals()).toBe(2);
  });
});

describe('/metrics', () => {
  let app: FastifyInstance | undefined;
  afterEach(() => app?.close());

  async function open(demandsCredential: boolean): Promise<FastifyInstance> {
    app = createApp({
      server: createServer(),
      log: pino({ level: 'silent' }),
      trustedProxies: [],
      tokenPrefix: 'cldkctl_',
      outageRefusal: () => null,
      accessLogLevel: 'debug',
    });
    addMetricsRoute(app, {
      metricsText: async () => 'lencana_info 1\n',
      gate: {
        admit: async (presented) => {
          const credential = basicCredential(presented);
          if (credential?.id === 'client_2') return 'unavailable';
          return credential?.id === 'client_1' && credential.secret === 's' ? 'admitted' : 'refused';
        },
      },
      demandsCredential,
    });
    await app.ready();
    return app;
  }

  const basic = `Basic ${Buffer.from('client_1:s').toString('base64')}`;

  test('is Prometheus’ text for anybody on loopback', async () => {
    const answer = await (await open(false)).inject('/metrics');
    expect([answer.statusCode, answer.body]).toEqual([200, 'lencana_info 1\n']);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test.each([['authorization'], ['lencana-client-authorization']])(
    'elsewhere is told to a client that names itself in %s',
    async (header) => {
      const answer = await (await open(true)).inject({ url: '/metrics', headers: { [header]: basic } });
      expect([answer.statusCode, answer.body]).toEqual([200, 'lencana_info 1\n']);
    },
  );

  test('elsewhere is not told while it cannot be said who asks', async () => {
    const headers = { authorization: `Basic ${Buffer.from('client_2:s').toString('base64')}` };
    const answer = await (await open(true)).inject({ url: '/metrics', headers });
    expect(answer.statusCode).toBe(503);
  });

  test.each([
    ['nobody', {}],
    ['a wrong secret', { authorization: `Basic ${Buffer.from('client_1:no').toString('base64')}` }],
    ['a token', { authorization: 'Bearer cldkctl_0000000000000000000000000030gj4T' }],
  ])('elsewhere is not told to %s', async (_, headers) => {
    const answer = await (await open(true)).inject({ url: '/metrics', headers: { ...headers } });
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Basic realm="lencana"']);
    expect(answer.body).not.toContain('lencana_info');
  });
});
