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
} from '@lencana/verifier';
import { VERSION } from './config.ts';
import type { Finality } from './core/finality.ts';
import { createFreshnessFeed, type FreshnessFeed } from './core/freshness-feed.ts';
import { createNodeWatch, HEARTBEAT_MS } from './core/node-watch.ts';
import type { UsageRecorder } from './core/usage-recorder.ts';
import { type Deployment, openFinality } from './deployment.ts';
import { type ClientGate, createClientGate } from './http/verification/client-gate.ts';
import { createStoreSource } from './store/authority-source.ts';
import { createNodeStore } from './store/nodes.ts';

/** How long changes are kept for those who follow the log, in milliseconds. */
const CHANGES_KEPT_MS = 60 * 60 * 1000;
/** How often old ones are cleared away, in milliseconds. */
const CLEAR_MS = 10 * 60 * 1000;

/** How often, what, and what to say when it failed. */
export type Chore = readonly [everyMs: number, work: () => Promise<void>, failure: string];

export type VerifyingNode = {
  readonly verifier: TokenVerifier;
  readonly gate: ClientGate;
  readonly feed: FreshnessFeed;
  readonly finality: Finality;
  readonly chores: readonly Chore[];
  readonly close: () => Promise<void>;
};

/** Resolves when it has a lease, or has tried: from then on it goes on by itself. */
export async function openNode(deployment: Deployment, usage: UsageRecorder): Promise<VerifyingNode> {
  const { config, keys, log, store } = deployment;
  const nodes = createNodeStore(store);
  const id = `node_${randomBytes(12).toString('hex')}`;
  const freshnessMs = config.freshnessSeconds * 1000;
  const identity = { id, name: hostname(), version: VERSION, pid: process.pid, freshnessMs };
  await nodes.register(identity, Date.now());
  const source = createStoreSource({
    store,
    location: config.store,
    digestsOfHash: keys.digestsOfHash,
    register: () => nodes.register(identity, Date.now()),
    nodeId: id,
    freshnessMs,
    notified: config.databaseNotify,
    onLost: (error) => log.warn({ err: error }, 'a database connection was lost'),
  });
  const onLoadFailure = (error: unknown) => log.error({ err: error }, 'a token could not be looked up');
  const verifier = createTokenVerifier({
    source,
    clock: platformClock,
    timer: platformTimer,
    freshnessMs,
    prefix: config.tokenPrefix,
    usage: observerOf(usage),
    onFailure: loggedOnce(deployment),
    onLoadFailure,
  });
  const { lease } = verifier;
  source.onHint(lease.hurry);
  await lease.sync();
  const finality = openFinality(deployment, lease.hurry);
  const look = createNodeWatch({ ownId: id, monotonicMs: () => performance.now(), ...nodes });
  const clearChanges = () => nodes.clearChanges(Date.now() - CHANGES_KEPT_MS);
  const chores: Chore[] = [
    [HEARTBEAT_MS, look, 'the other nodes could not be looked at'],
    [CLEAR_MS, clearChanges, 'old changes could not be cleared away'],
  ];
  if (store.dialect === 'sqlite') {
    const beat = async () => void (await nodes.beat(id, lease.position()?.seq ?? 0, Date.now()));
    chores.push([HEARTBEAT_MS, beat, 'the heartbeat could not be written']);
  }
  return {
    verifier,
    gate: createClientGate({
      lease,
      loadClient: source.loadClient,
      digest: keys.digestClientSecret,
      onLoadFailure,
    }),
    feed: createFreshnessFeed({ verifier, timer: platformTimer, freshnessMs }),
    finality,
    chores,
    close: async () => {
      await verifier.close();
      await nodes
        .stopped(id, Date.now())
        .catch((error) => log.warn({ err: error }, 'the stop was not recorded'));
    },
  };
}

function observerOf(usage: UsageRecorder): UsageObserver {
  return {
    used: ({ tokenId }, { address, client }, atMs) => usage.used(tokenId, address, client, atMs),
    refused: (token, reason, { address, client }, atMs) =>
      usage.refused(token, reason, address, client, atMs),
  };
}

/** An outage fails several syncs each second: the first is worth a line, and one in a while. */
function loggedOnce({ log }: Deployment): (error: unknown) => void {
  const silenceMs = 10_000;
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  return (error) => {
    const nowMs = performance.now();
    if (nowMs - loggedAtMs < silenceMs) return;
    loggedAtMs = nowMs;
    log.error(
      { err: error },
      'the log of changes could not be read; without it nothing is verified for long',
    );
  };
}
