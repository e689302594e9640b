/** What a scrape says, of one process and of several together, and who may scrape. */
import { createServer } from 'node:http';
import type { RefusalReason } from '@lencana/verifier';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { createApp } from '../app.ts';
import { countedBy, createMetrics, exposition, type MetricsParts } from './metrics.ts';
import { addMetricsRoute } from './metrics-route.ts';
import { countVerdicts, VerdictCounts } from './verdict-counts.ts';

const nothing: MetricsParts = {
  version: '1.2.3',
  counts: new VerdictCounts(),
  cache: () => ({ hits: 0, misses: 0, negativeHits: 0, size: 0 }),
  lease: { remainingMs: () => 0, syncLagMs: () => 0, position: () => null },
};

const refused = (reason: RefusalReason) => ({ outcome: 'refused', reason, token: null }) as const;

/** The value of one line of the exposition; undefined when it is not there. */
function valueIn(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

describe('a scrape', () => {
  test('says what was counted and read at that moment, in base units', async () => {
    const counts = new VerdictCounts();
    const metrics = createMetrics({
      ...nothing,
      counts,
      cache: () => ({ hits: 7, misses: 2, negativeHits: 1, size: 5 }),
      lease: { remainingMs: () => 812, syncLagMs: () => 188, position: () => ({ history: 'h', seq: 42 }) },
    });
    counts.active = 3;
    counts.count(refused('revoked'));
    counts.count({ outcome: 'unavailable' });
    counts.feedUnavailable = 2;
    metrics.synced(4);
    metrics.syncFailed();
    metrics.revocationWaited(1051);
    metrics.usageFlushFailed();
    const text = await exposition([await metrics.snapshot()]);
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
      lencana_revocation_wait_seconds_sum: 1.051,
      lencana_usage_flush_failures_total: 1,
    };
    for (const [series, value] of Object.entries(expected))
      expect([series, valueIn(text, series)]).toEqual([series, value]);
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
    expect(text).toMatch(/^# TYPE lencana_verdicts_total counter$/m);
  });

  test('says the same when nothing happened since', async () => {
    const counts = new VerdictCounts();
    const metrics = createMetrics({ ...nothing, counts });
    counts.active = 3;
    for (const _ of [1, 2]) {
      const text = await exposition([await metrics.snapshot()]);
      expect(valueIn(text, 'lencana_verdicts_total{outcome="active",reason="none"}')).toBe(3);
    }
  });

  test('says nothing of a lease where there is none to speak of', async () => {
    const metrics = createMetrics({ ...nothing, cache: null, lease: null });
    expect(await exposition([await metrics.snapshot()])).not.toMatch(/lease|applied|cache/);
  });
});

describe('of several processes', () => {
  async function processWith(active: number, remainingMs: number, syncLagMs: number, seq: number) {
    const counts = new VerdictCounts();
    counts.active = active;
    const position = () => ({ history: 'h', seq });
    const metrics = createMetrics({
      ...nothing,
      counts,
      cache: () => ({ hits: active, misses: 0, negativeHits: 0, size: 10 }),
      lease: { remainingMs: () => remainingMs, syncLagMs: () => syncLagMs, position },
    });
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

test('every verdict is counted and handed on', async () => {
  const counts = new VerdictCounts();
  const verdicts = [refused('malformed'), refused('malformed'), { outcome: 'unavailable' }] as const;
  for (const verdict of verdicts) {
    const verifier = countVerdicts({ verify: async () => verdict, close: async () => {} }, counts);
    expect(await verifier.verify('x')).toBe(verdict);
  }
  expect([counts.active, counts.refused.malformed, counts.unavailable]).toEqual([0, 2, 1]);
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
      isOutage: () => false,
      accessLogLevel: 'debug',
    });
    addMetricsRoute(app, {
      metricsText: async () => 'lencana_info 1\n',
      authenticate: async (credential) =>
        credential?.id === 'client_1' && credential.secret === 's'
          ? { id: 'client_1', organizationId: 'default', name: 'x', secretDigest: new Uint8Array() }
          : null,
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
