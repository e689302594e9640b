/**
 * This process as a node: registered in the database, synced with its log, verifying from memory, telling services what they
 * may remember. A part of the composition root.
 */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import {
  createTokenVerifier,
  platformClock,
  platformTimer,
  type TokenVerifier,
  type UsageObserver,
} from '@lencana/verifier/node';
import { VERSION } from './config.ts';
import type { Finality } from './core/authority/finality.ts';
import { createFreshnessFeed, type FreshnessFeed } from './core/authority/freshness-feed.ts';
import type { UsageRecorder } from './core/usage/usage-recorder.ts';
import { type Deployment, openFinality } from './deployment.ts';
import { type ClientGate, createClientGate } from './http/verification/client-gate.ts';
import { standardError } from './log/standard-error.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { countRefusals, timeFinality, timeSyncs } from './metrics/observed.ts';
import { pruneAuthority } from './store/authority/authority-log.ts';
import { createNodeWatch, HEARTBEAT_MS } from './store/authority/nodes.ts';
import { createStoreSource } from './store/authority/open-store-source.ts';
import type { Siblings } from './workers/siblings.ts';

/** Tokens that are kept in memory at most; about 50 MB of them. */
const CACHED_TOKENS_MAX = 200_000;

/** How often changes that are no longer needed are erased, in milliseconds. */
const PRUNE_MS = 10 * 60 * 1000;

/** How often, what, and what to say when it failed. */
export type Chore = readonly [everyMs: number, work: () => Promise<void>, failure: string];

export type VerifyingNode = {
  readonly verifier: TokenVerifier;
  readonly gate: ClientGate;
  readonly feed: FreshnessFeed;
  readonly finality: Finality;
  readonly metrics: Metrics;
  readonly chores: readonly Chore[];
  readonly close: () => Promise<void>;
};

/** Resolves when it has a lease, or has tried: from then on it goes on by itself. */
export async function openNode(
  deployment: Deployment,
  usage: UsageRecorder,
  { worker, hints }: Siblings,
): Promise<VerifyingNode> {
  const { config, keys, log, store } = deployment;
  const freshnessMs = Math.round(config.freshnessSeconds * 1000);
  const source = createStoreSource({
    store,
    digester: keys,
    node: {
      id: `node_${randomBytes(12).toString('hex')}`,
      kind: worker === null ? 'server' : 'worker',
      hostname: hostname(),
      version: VERSION,
      pid: process.pid,
    },
    freshnessMs,
    clock: platformClock,
    onFailure: (error) => log.warn({ err: error }, 'the database failed beside a look-up'),
    listen: config.databaseNotify,
  });
  const onLoadFailure = loggedOnce(deployment, 'tokens could not be looked up');
  const verifier = createTokenVerifier({
    source: timeSyncs(source, (tookMs) => metrics.synced(tookMs)),
    clock: platformClock,
    timer: platformTimer,
    freshnessMs,
    prefix: config.tokenPrefix,
    usage: observerOf(usage),
    entriesMax: CACHED_TOKENS_MAX,
    onFailure: loggedOnce(
      deployment,
      'the log of changes could not be read; without it nothing is verified for long',
    ),
    onLoadFailure,
  });
  const { lease } = verifier;
  const feed = countRefusals(createFreshnessFeed({ verifier, timer: platformTimer, freshnessMs }));
  const metrics = createMetrics({
    version: VERSION,
    verifier,
    feedRefusals: feed.refusals,
    logLinesDropped: standardError.linesDropped,
  });
  source.onHint(lease.hurry);
  hints.onHint(lease.hurry);
  await lease.sync();
  const hurryAll = () => {
    lease.hurry();
    hints.send();
  };
  const finality = timeFinality(openFinality(deployment, hurryAll, false), metrics.revocationWaited);
  const watch = createNodeWatch(store.kysely, platformClock);
  const chores: Chore[] = [
    [HEARTBEAT_MS, watch.sweep, 'the other nodes could not be looked at'],
    [PRUNE_MS, () => pruneAuthority(store), 'old changes could not be erased'],
  ];
  return {
    verifier,
    gate: createClientGate({
      lease,
      loadClient: source.loadClient,
      digest: keys.digestClientSecret,
      onLoadFailure,
    }),
    feed,
    finality,
    metrics,
    chores,
    close: verifier.close,
  };
}

function observerOf(usage: UsageRecorder): UsageObserver {
  return {
    used: ({ tokenId }, { address, agent }, atMs) => usage.used(tokenId, address, agent, atMs),
    refused: (token, reason, { address, agent }) => usage.refused(token, reason, address, agent),
  };
}

/** An outage, or a flood, fails many each second: the first is worth a line, and one in a while. */
function loggedOnce({ log }: Deployment, what: string): (error: unknown) => void {
  const silenceMs = 10_000;
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    const nowMs = performance.now();
    if (nowMs - loggedAtMs < silenceMs) return;
    loggedAtMs = nowMs;
    log.error({ err: error }, what);
  };
}
