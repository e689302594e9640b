/** Composition root: the one place that knows everyone. Builds the parts from the configuration and starts or stops them. */

import { isIP } from 'node:net';
import { type Logger, pino } from 'pino';
import type { Accounts } from './accounts/accounts.ts';
import { isLoopbackHost } from './accounts/loopback.ts';
import type { ListenAddress } from './config/readers.ts';
import { type Config, localUrl, VERSION } from './config.ts';
import { createUsageRecorder } from './core/usage/usage-recorder.ts';
import { type Deployment, openAccounts, openDeployment, openTokens } from './deployment.ts';
import { openCertificates } from './http/certificate.ts';
import { type Binding, bind } from './http/listen.ts';
import { createPublicApp } from './http/public/public-app.ts';
import { createVerificationApp } from './http/verification/verification-app.ts';
import { type Chore, openNode } from './node.ts';
import { findHolder } from './store/accounts/holders.ts';
import { renewHistory } from './store/authority/authority-log.ts';
import { isDatabaseOutage } from './store/engines/outage.ts';
import { createTokenOwners } from './store/tokens/token-owners.ts';
import { createUsageStore } from './store/tokens/usage-store.ts';
import { alone, type Siblings } from './workers/siblings.ts';
import { createVerificationWorkers } from './workers/verification-workers.ts';

/** How often what verification saw is written, in milliseconds: the most that a killed process loses of last uses. */
const USAGE_FLUSH_MS = 2000;
const REPLY_ERASE_MS = 60_000;
const ACCOUNT_SWEEP_MS = 60 * 60 * 1000;

export type RunningServer = {
  readonly publicUrl: string;
  /** Where the public listener itself is bound. */
  readonly publicListener: string;
  readonly verificationUrl: string;
  readonly setupCode: string;
  readonly accounts: Accounts;
  readonly renewCertificates: () => void;
  readonly stop: () => Promise<void>;
};

/**
 * Starts both listeners. Resolves when they answer. Where there are to be workers, they answer the verification listener and this
 * process the public one.
 */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const undo: (() => Promise<void>)[] = [];
  tellOfEnvironment(config, log);
  try {
    const certificates = openCertificates(config, log);
    const atPublic = await bind(config.listen, 'LENCANA_LISTEN', certificates.public);
    undo.unshift(atPublic.close);
    const workers = config.workers > 0 ? await createVerificationWorkers(config, log) : null;
    const atVerification = workers
      ? null
      : await bind(config.verifyListen, 'LENCANA_VERIFY_LISTEN', certificates.verification);
    undo.unshift(async () => atVerification?.close());
    const deployment = await openDeployment(config, log);
    undo.unshift(deployment.close);
    const publicUrl = config.publicUrl ?? localUrl(config, atPublic.port);
    // A restored file may be in place: what services learnt of the one before it counts no more.
    if (deployment.store.dialect === 'sqlite') await renewHistory(deployment.store);
    const accounts = await openAccounts(deployment, publicUrl);
    undo.unshift(async () => workers?.stop());
    const verificationUrl = (await workers?.start()) ?? atVerification?.url ?? '';
    const engine = await startEngine(deployment, workers ?? alone);
    undo.unshift(engine.stop);
    const listeners = [
      await servePublic(engine, atPublic, accounts, publicUrl),
      ...(atVerification ? [await serveVerification(engine, atVerification)] : []),
    ];
    return {
      publicUrl,
      publicListener: atPublic.url,
      verificationUrl,
      setupCode: deployment.setupCode,
      accounts,
      renewCertificates: () => {
        certificates.public?.renew();
        if (workers) workers.renewCertificates();
        else certificates.verification?.renew();
      },
      stop: async () => {
        await Promise.all([stopAll(engine, listeners), workers?.stop()]);
        await deployment.close();
      },
    };
  } catch (error) {
    for (const step of undo) await step();
    throw error;
  }
}

/** Once, by the first process: what a worker reads is the same. */
function tellOfEnvironment({ foreignVariables, notices }: Config, log: Logger): void {
  for (const notice of notices) log.warn(notice);
  if (foreignVariables.length === 0) return;
  const level = foreignVariables.every(({ byPlatform }) => byPlatform) ? 'info' : 'warn';
  const variables = foreignVariables.map(({ name }) => name);
  log[level]({ variables }, 'variables of the environment that are not settings are ignored');
}

export type RunningWorker = Pick<RunningServer, 'stop' | 'renewCertificates'> & {
  readonly url: string;
  readonly port: number | null;
};

/** Starts what a worker does: the verification listener, on the socket that all workers share. Resolves when it answers. */
export async function startWorker(config: Config, log: Logger, siblings: Siblings): Promise<RunningWorker> {
  const certificates = openCertificates({ tls: null, verifyTls: config.verifyTls }, log);
  const { verification } = certificates;
  const binding = await bind(config.verifyListen, 'LENCANA_VERIFY_LISTEN', verification, 'shared');
  const deployment = await openDeployment(config, log);
  const engine = await startEngine(deployment, siblings);
  const listener = await serveVerification(engine, binding);
  return {
    url: binding.url,
    port: binding.port,
    renewCertificates: certificates.renew,
    stop: async () => {
      await stopAll(engine, [listener]);
      await deployment.close();
    },
  };
}

type Engine = Awaited<ReturnType<typeof startEngine>>;

/** What a process works with whichever listeners it answers: itself as a node, and what that saw. */
async function startEngine(deployment: Deployment, siblings: Siblings) {
  const { config, log, store } = deployment;
  const usage = createUsageRecorder(createUsageStore(store), Date.now);
  const node = await openNode(deployment, usage, siblings);
  const flushUsage = (all: boolean) =>
    usage.flush(all).catch((error) => {
      node.metrics.usageFlushFailed();
      throw error;
    });
  const stopChores = startChores(
    [[USAGE_FLUSH_MS, () => flushUsage(false), 'uses could not be written'], ...node.chores],
    log,
  );
  return {
    deployment,
    node,
    usage,
    flushUsage,
    metricsText: siblings.shareMetrics(node.metrics.snapshot),
    /** What the applications of both listeners are made with. */
    shared: {
      log,
      trustedProxies: config.trustedProxies,
      tokenPrefix: config.tokenPrefix,
      isOutage: isDatabaseOutage,
      isReady: async () => node.verifier.lease.isLive(),
      verifier: node.verifier,
    },
    stop: async () => {
      stopChores();
      await flushUsage(true).catch((error) => log.error({ err: error }, 'uses could not be written'));
      await node.close();
    },
  };
}

type Listener = { readonly close: () => Promise<void> };

/** Listeners first, so that what they still answer finds everything in place. */
async function stopAll(engine: Engine, listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.close()));
  await engine.stop();
}

async function servePublic(
  engine: Engine,
  binding: Binding,
  accounts: Accounts,
  publicUrl: string,
): Promise<Listener> {
  const { config, log, store } = engine.deployment;
  const { tokenStore, tokens } = openTokens(engine.deployment, engine.node.finality);
  const app = await createPublicApp({
    ...engine.shared,
    accessLogLevel: 'info',
    server: binding.server,
    accounts,
    findUser: (id) => findHolder(store, id),
    tokens: tokenStore,
    tokenRoutes: { tokens, clock: Date.now, flushUsage: () => engine.flushUsage(false) },
    portal: {
      name: config.portalName,
      publicUrl,
      tokenPrefix: config.tokenPrefix,
      signUp: config.signUp,
      mail: config.mail !== null,
    },
    version: VERSION,
  });
  const stopChores = startChores(
    [
      [REPLY_ERASE_MS, () => tokenStore.eraseReplies(Date.now()), 'ended replies could not be erased'],
      [ACCOUNT_SWEEP_MS, () => accounts.sweep(), 'ended sessions could not be cleared away'],
    ],
    log,
  );
  return {
    close: async () => {
      await binding.close();
      await app.close();
      stopChores();
      await accounts.settled();
    },
  };
}

async function serveVerification(engine: Engine, binding: Binding): Promise<Listener> {
  const { config } = engine.deployment;
  const app = await createVerificationApp({
    ...engine.shared,
    // As many as the requests of all services together: they have access logs of their own.
    accessLogLevel: 'debug',
    server: binding.server,
    gate: engine.node.gate,
    feed: engine.node.feed,
    usage: engine.usage,
    ownersOf: createTokenOwners(engine.deployment.store),
    metricsText: engine.metricsText,
    demandsCredential: !config.verifyOpen && !isLoopback(config.verifyListen),
  });
  return {
    close: async () => {
      await binding.close();
      await app.close();
    },
  };
}

/** A chore that fails is logged and tried again at its next turn. */
function startChores(chores: readonly Chore[], log: Logger): () => void {
  const timers = chores.map(([everyMs, work, failure]) =>
    setInterval(() => void work().catch((error) => log.warn({ err: error }, failure)), everyMs),
  );
  return () => timers.forEach(clearInterval);
}

/** A socket file is reached from this machine only, like loopback. */
function isLoopback(address: ListenAddress): boolean {
  if (address.kind === 'unix') return true;
  return isLoopbackHost(isIP(address.host) === 6 ? `[${address.host}]` : address.host);
}

/** JSON lines on stderr; stdout is for what scripts read. */
export function createLog(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
}
