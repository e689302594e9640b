/**
 * What `/metrics` says, in Prometheus' text format. Everything is read at the moment of a scrape from where it is kept anyway; nothing
 * here stands in the way of a request. The table in docs/operate/observe.md holds exactly these names. Knows no HTTP.
 */
import type { RefusalReason, TokenVerifier } from '@lencana/verifier/node';
import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type MetricsParts = {
  readonly version: string;
  /** What it counts by itself, in plain numbers. */
  readonly verifier: VerifierReading;
  /** How often embedded verifiers were told nothing, for want of a lease. */
  readonly feedRefusals: () => number;
  /** Lines of the log that could not be written. */
  readonly logLinesDropped: () => number;
};

/** Of a `TokenVerifier` what is read. */
export type VerifierReading = Pick<TokenVerifier, 'counts' | 'cacheSizes'> & {
  readonly lease: Pick<TokenVerifier['lease'], 'counts' | 'remainingMs' | 'ageMs' | 'position'>;
};

/** The metrics of one process as data, to be sent to another and added up there. */
export type MetricsSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

export type Metrics = {
  /** A sync that succeeded. */
  readonly synced: (tookMs: number) => void;
  /** A call that took authority away has waited so long for everybody to know. */
  readonly revocationWaited: (waitedMs: number) => void;
  readonly usageFlushFailed: () => void;
  readonly snapshot: () => Promise<MetricsSnapshot>;
};

export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

const SYNC_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const WAIT_SECONDS = [0.1, 0.25, 0.5, 1, 1.1, 1.5, 2.5, 5, 10, 30, 61];

export function createMetrics(parts: MetricsParts): Metrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'lencana_info',
    help: 'The version that runs, as a label.',
    labelNames: ['version'],
    registers,
    aggregator: 'first',
  }).set({ version: parts.version }, 1);
  addVerdicts(parts, registers);
  addCache(parts.verifier, registers);
  addLease(parts.verifier.lease, registers);
  const syncs = new Histogram({
    name: 'lencana_sync_duration_seconds',
    help: 'How long syncs with the database took, those that succeeded.',
    buckets: SYNC_SECONDS,
    registers,
  });
  const waits = new Histogram({
    name: 'lencana_revocation_wait_seconds',
    help: 'How long calls that take authority away waited until no node could accept any more.',
    buckets: WAIT_SECONDS,
    registers,
  });
  new Counter({
    name: 'lencana_log_lines_dropped_total',
    help: 'Lines of the log that were dropped because standard error could not be written.',
    registers,
    collect() {
      this.reset();
      this.inc(parts.logLinesDropped());
    },
  });
  const flushFailures = new Counter({
    name: 'lencana_usage_flush_failures_total',
    help: 'Batches of last uses and refusals that could not be written; they are tried again.',
    registers,
  });
  return {
    synced: (tookMs) => syncs.observe(tookMs / 1000),
    revocationWaited: (waitedMs) => waits.observe(waitedMs / 1000),
    usageFlushFailed: () => flushFailures.inc(),
    snapshot: () => registry.getMetricsAsJSON(),
  };
}

const REASONS: readonly RefusalReason[] = [
  'malformed',
  'unknown',
  'secret_replaced',
  'revoked',
  'expired',
  'holder_deactivated',
  'insufficient_scope',
];

function addVerdicts({ verifier: { counts }, feedRefusals }: MetricsParts, registers: Registry[]): void {
  new Counter({
    name: 'lencana_verdicts_total',
    help: 'Verdicts on presented tokens.',
    labelNames: ['outcome', 'reason'],
    registers,
    collect() {
      this.reset();
      this.inc({ outcome: 'active', reason: 'none' }, counts.active);
      this.inc({ outcome: 'unavailable', reason: 'none' }, counts.unavailable);
      for (const reason of REASONS) this.inc({ outcome: 'refused', reason }, counts[reason]);
    },
  });
  new Counter({
    name: 'lencana_unavailable_total',
    help: 'Answers with status 503 because nothing could be decided freshly: verdicts, and answers to embedded verifiers.',
    labelNames: ['asked'],
    registers,
    collect() {
      this.reset();
      this.inc({ asked: 'verdict' }, counts.unavailable);
      this.inc({ asked: 'feed' }, feedRefusals());
    },
  });
}

function addCache({ counts, cacheSizes }: VerifierReading, registers: Registry[]): void {
  new Counter({
    name: 'lencana_verdict_cache_total',
    help: 'Where verdicts came from: hit and negative_hit from memory, miss from the database.',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset();
      this.inc({ result: 'hit' }, counts.cacheHits);
      this.inc({ result: 'negative_hit' }, counts.cacheNegativeHits);
      this.inc({ result: 'miss' }, counts.cacheMisses);
    },
  });
  new Counter({
    name: 'lencana_load_failures_total',
    help: 'Tokens that could not be looked up in the database.',
    registers,
    collect() {
      this.reset();
      this.inc(cacheSizes().loadFailures);
    },
  });
  new Gauge({
    name: 'lencana_cached_tokens',
    help: 'Tokens in memory.',
    registers,
    collect() {
      this.set(cacheSizes().entries);
    },
  });
}

/** Of several processes the worst is shown. */
function addLease(lease: VerifierReading['lease'], registers: Registry[]): void {
  new Gauge({
    name: 'lencana_lease_remaining_seconds',
    help: 'How long verdicts may still be given without another sync; 0: none are given.',
    registers,
    aggregator: 'min',
    collect() {
      this.set(lease.remainingMs() / 1000);
    },
  });
  new Gauge({
    name: 'lencana_sync_lag_seconds',
    help: 'Time since the last sync that succeeded began; before the first one, since the process started.',
    registers,
    aggregator: 'max',
    collect() {
      const ageMs = lease.ageMs();
      this.set((Number.isFinite(ageMs) ? ageMs : performance.now()) / 1000);
    },
  });
  new Counter({
    name: 'lencana_sync_failures_total',
    help: 'Syncs that failed.',
    registers,
    collect() {
      this.reset();
      this.inc(lease.counts.failures);
    },
  });
  new Counter({
    name: 'lencana_restarts_from_nothing_total',
    help: 'How often everything in memory was dropped: at the start, after a failover, a restore or a gap in the log.',
    registers,
    collect() {
      this.reset();
      this.inc(lease.counts.restarts);
    },
  });
  new Gauge({
    name: 'lencana_applied_seq',
    help: 'Number of the last change of authority that was applied.',
    registers,
    aggregator: 'min',
    collect() {
      this.set(lease.position()?.seq ?? 0);
    },
  });
}

/** The metrics of all processes of a node as one, in Prometheus' text format. */
export function exposition(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate([...snapshots]).metrics();
}

/**
 * What has been counted by processes that are gone, as one snapshot: a sum that leaves them out would fall, which Prometheus takes for
 * a restart and counts everything once more.
 */
export function countedBy(snapshots: readonly MetricsSnapshot[]): Promise<MetricsSnapshot> {
  const counted = snapshots.map((snapshot) =>
    snapshot.filter(({ type }) => ['counter', 'histogram'].includes(String(type))),
  );
  return AggregatorRegistry.aggregate(counted).getMetricsAsJSON();
}
