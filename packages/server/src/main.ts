/** Composition root: the one place that knows everyone. Builds the parts from the configuration and starts or stops them. */

import { isIP } from 'node:net';
import type { Logger } from 'pino';
import type { Accounts } from './accounts/accounts.ts';
import { isLoopbackHost } from './accounts/loopback.ts';
import type { ListenAddress } from './config/readers.ts';
import { type Config, localUrl, VERSION } from './config.ts';
import { createUsageRecorder } from './core/usage/usage-recorder.ts';
import { type Deployment, openAccounts, openDeployment, openFinality, openTokens } from './deployment.ts';
import { noQuestions } from './docs/ask/ask-requests.ts';
import { openCertificates } from './http/certificate.ts';
import { descriptorsMax, dividedConnections } from './http/connection-limits.ts';
import { type Binding, bind } from './http/listen.ts';
import { createPublicApp } from './http/public/public-app.ts';
import { createVerificationApp } from './http/verification/verification-app.ts';
import { type Chore, openNode } from './node.ts';
import { findHolder } from './store/accounts/holders.ts';
import { renewHistory } from './store/authority/authority-log.ts';
import { outageRefusal } from './store/engines/outage.ts';
import { eraseRevoked } from './store/tokens/erased-tokens.ts';
import { createBatchRegister } from './store/tokens/reported-uses.ts';
import { createTokenOwners } from './store/tokens/token-owners.ts';
import { createUsageStore } from './store/tokens/usage-store.ts';
import { alone, type Siblings } from './workers/siblings.ts';
import { createVerificationWorkers } from './workers/verification-workers.ts';

/** How often what verification saw is written, in milliseconds: the most that a killed process loses of last uses. */
const USAGE_FLUSH_MS = 2000;
const REPLY_ERASE_MS = 60_000;
const REPORTER_SWEEP_MS = 60 * 60 * 1000;
const ACCOUNT_SWEEP_MS = 60 * 60 * 1000;
const TOKEN_ERASE_MS = 60 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;

export type RunningServer = AsyncDisposable & {
  readonly publicUrl: string;
  /** Where the public listener itself is bound. */
  readonly publicListener: string;
  readonly verificationUrl: string;
  readonly accounts: Accounts;
  readonly renewCertificates: () => void;
};

/**
 * Starts both listeners. Resolves when they answer. Where there are to be workers, they answer the verification listener and this
 * process the public one. Its disposal lets requests under way end, writes what is in memory and closes what was opened, the last
 * first; so does a start that fails.
 */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  tellOfEnvironment(config, log);
  await using stack = new AsyncDisposableStack();
  const certificates = openCertificates(config, log);
  const limits = connectionLimits(config, log);
  const atPublic = stack.use(
    await bind(config.listen, 'LENCANA_LISTEN', certificates.public, 'alone', limits.public),
  );
  const workers = config.workers > 0 ? await createVerificationWorkers(config, log) : null;
  const atVerification = stack.use(
    workers
      ? null
      : await bind(
          config.verifyListen,
          'LENCANA_VERIFY_LISTEN',
          certificates.verification,
          'alone',
          limits.verification,
        ),
  );
  const deployment = stack.use(await openDeployment(config, log));
  const publicUrl = config.publicUrl ?? localUrl(config, atPublic.port);
  // A restored file may be in place: what services learnt of the one before it counts no more.
  if (deployment.store.dialect === 'sqlite') await renewHistory(deployment.store);
  const accounts = await openAccounts(
    deployment,
    publicUrl,
    openFinality(deployment, () => {}, false),
  );
  stack.defer(async () => workers?.stop());
  const verificationUrl = (await workers?.start()) ?? atVerification?.url ?? '';
  const engine = stack.use(await startEngine(deployment, workers ?? alone));
  const listeners = stack.use(endedTogether());
  listeners.add(await servePublic(engine, atPublic, accounts, { publicUrl, verificationUrl }));
  if (atVerification) listeners.add(await serveVerification(engine, atVerification));
  if (workers) listeners.add(workers.stop);
  const kept = stack.move();
  return {
    publicUrl,
    publicListener: atPublic.url,
    verificationUrl,
    accounts,
    renewCertificates: () => {
      certificates.public?.renew();
      if (workers) workers.renewCertificates();
      else certificates.verification?.renew();
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** What each listener may hold, by the settings and by what the system allows this process. */
function connectionLimits({ connectionsMax, keepAliveSeconds }: Config, log: Logger) {
  const filesMax = descriptorsMax();
  const allowed = dividedConnections(connectionsMax, filesMax);
  if (allowed.public < connectionsMax.public || allowed.verification < connectionsMax.verification) {
    log.warn(
      { filesMax, ...allowed },
      'the system allows few open files, so the listeners hold fewer connections than set',
    );
  }
  return {
    public: { connectionsMax: allowed.public, keepAliveSeconds },
    verification: { connectionsMax: allowed.verification, keepAliveSeconds },
  };
}

/** Once, by the first process: what a worker reads is the same. */
function tellOfEnvironment({ foreignVariables, notices }: Config, log: Logger): void {
  for (const notice of notices) log.warn(notice);
  if (foreignVariables.length === 0) return;
  const level = foreignVariables.every(({ byPlatform }) => byPlatform) ? 'info' : 'warn';
  const variables = foreignVariables.map(({ name }) => name);
  log[level]({ variables }, 'variables of the environment that are not settings are ignored');
}

export type RunningWorker = AsyncDisposable & {
  readonly url: string;
  readonly port: number | null;
  readonly renewCertificates: () => void;
};

/** Starts what a worker does: the verification listener, on the socket that all workers share. Resolves when it answers. */
export async function startWorker(config: Config, log: Logger, siblings: Siblings): Promise<RunningWorker> {
  await using stack = new AsyncDisposableStack();
  const certificates = openCertificates({ tls: null, verifyTls: config.verifyTls }, log);
  const { verification } = certificates;
  const limits = connectionLimits(config, log);
  const binding = stack.use(
    await bind(config.verifyListen, 'LENCANA_VERIFY_LISTEN', verification, 'shared', limits.verification),
  );
  const deployment = stack.use(await openDeployment(config, log));
  const engine = stack.use(await startEngine(deployment, siblings));
  stack.defer(await serveVerification(engine, binding));
  const kept = stack.move();
  return {
    url: binding.url,
    port: binding.port,
    renewCertificates: certificates.renew,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

type Engine = Awaited<ReturnType<typeof startEngine>>;

/** What a process works with whichever listeners it answers: itself as a node, and what that saw. */
async function startEngine(deployment: Deployment, siblings: Siblings) {
  const { config, log, store } = deployment;
  await using stack = new AsyncDisposableStack();
  const usage = createUsageRecorder(createUsageStore(store), Date.now);
  const node = await openNode(deployment, usage, siblings);
  stack.defer(node.close);
  const counted = (flush: Promise<void>) =>
    flush.catch((error) => {
      node.metrics.usageFlushFailed();
      throw error;
    });
  const flushUsage = (all: boolean) => counted(usage.flush(all));
  stack.defer(() =>
    flushUsage(true).catch((error) => log.error({ err: error }, 'uses could not be written')),
  );
  stack.defer(
    startChores(
      [[USAGE_FLUSH_MS, () => flushUsage(false), 'uses could not be written'], ...node.chores],
      log,
    ),
  );
  const kept = stack.move();
  return {
    deployment,
    node,
    usage,
    flushUses: () => counted(usage.flushUses()),
    metricsText: siblings.shareMetrics(node.metrics.snapshot),
    /** What the applications of both listeners are made with. */
    shared: {
      log,
      trustedProxies: config.trustedProxies,
      tokenPrefix: config.tokenPrefix,
      outageRefusal,
      isReady: async () => node.verifier.lease.isLive(),
      verifier: node.verifier,
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Ends a listener: what it still answers finds everything in place. */
type End = () => Promise<void>;

/** What is added ends side by side, not one after the other; a failure of one is told when all have ended. */
function endedTogether(): AsyncDisposable & { readonly add: (end: End) => void } {
  const ends: End[] = [];
  return {
    add: (end) => ends.push(end),
    [Symbol.asyncDispose]: async () => {
      const ended = await Promise.allSettled(ends.map((end) => end()));
      const failed = ended.find((each) => each.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}

type Urls = { readonly publicUrl: string; readonly verificationUrl: string };

async function servePublic(
  engine: Engine,
  binding: Binding,
  accounts: Accounts,
  { publicUrl, verificationUrl }: Urls,
): Promise<End> {
  const { config, log, store } = engine.deployment;
  const { tokenStore, tokens, secretIdOf } = openTokens(engine.deployment, engine.node.finality);
  const app = await createPublicApp({
    ...engine.shared,
    accessLogLevel: 'info',
    server: binding.server,
    accounts,
    findUser: (id) => findHolder(store, id),
    secretIdOf,
    tokens: tokenStore,
    tokenRoutes: { tokens, clock: Date.now, flushUsage: engine.flushUses },
    portal: {
      name: config.portalName,
      publicUrl,
      tokenPrefix: config.tokenPrefix,
      signUp: config.signUp,
      mail: config.mail !== null,
    },
    version: VERSION,
    docs: config.docs
      ? { verificationUrl: isWebAddress(verificationUrl) ? verificationUrl : null, questions: noQuestions() }
      : null,
  });
  const reporters = createBatchRegister(store);
  const stopChores = startChores(
    [
      [REPLY_ERASE_MS, () => tokenStore.eraseReplies(Date.now()), 'ended replies could not be erased'],
      [
        TOKEN_ERASE_MS,
        () => eraseRevoked(store, Date.now() - config.deletedKeptDays * DAY_MS),
        'deleted tokens could not be erased',
      ],
      [REPORTER_SWEEP_MS, () => reporters.sweep(Date.now()), 'verifiers of long ago could not be forgotten'],
      [ACCOUNT_SWEEP_MS, () => accounts.sweep(), 'ended sessions could not be cleared away'],
    ],
    log,
  );
  return async () => {
    await binding.close();
    await app.close();
    stopChores();
    await accounts.settled();
  };
}

async function serveVerification(engine: Engine, binding: Binding): Promise<End> {
  const { config, store } = engine.deployment;
  const app = await createVerificationApp({
    ...engine.shared,
    // As many as the requests of all services together: they have access logs of their own.
    accessLogLevel: 'debug',
    server: binding.server,
    gate: engine.node.gate,
    feed: engine.node.feed,
    reports: {
      usage: engine.usage,
      ownersOf: createTokenOwners(store),
      batches: createBatchRegister(store),
      clock: Date.now,
    },
    metricsText: engine.metricsText,
    demandsCredential: !config.verifyOpen && !isLoopback(config.verifyListen),
  });
  return async () => {
    await binding.close();
    await app.close();
  };
}

/** A chore that fails is logged and tried again at its next turn. */
function startChores(chores: readonly Chore[], log: Logger): () => void {
  const timers = chores.map(([everyMs, work, failure]) =>
    setInterval(() => void work().catch((error) => log.warn({ err: error }, failure)), everyMs),
  );
  return () => timers.forEach(clearInterval);
}

/** A socket file has no address that a line of curl could use. */
const isWebAddress = (url: string) => /^https?:/.test(url);

/** A socket file is reached from this machine only, like loopback. */
function isLoopback(address: ListenAddress): boolean {
  if (address.kind === 'unix') return true;
  return isLoopbackHost(isIP(address.host) === 6 ? `[${address.host}]` : address.host);
}
