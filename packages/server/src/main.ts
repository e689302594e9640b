/** Composition root: the one place that knows everyone. Builds the parts from the configuration and starts or stops them. */

import { isIP } from 'node:net';
import { type Logger, pino } from 'pino';
import type { Accounts } from './accounts/accounts.ts';
import { isLoopbackHost } from './accounts/loopback.ts';
import { type Config, type ListenAddress, VERSION } from './config.ts';
import { createUsageRecorder } from './core/usage-recorder.ts';
import { type Deployment, openAccounts, openDeployment, openTokens } from './deployment.ts';
import { type Binding, bind } from './http/listen.ts';
import { createPublicApp } from './http/public/public-app.ts';
import { createVerificationApp } from './http/verification/verification-app.ts';
import { type Chore, openNode } from './node.ts';
import { renewHistory } from './store/authority-log.ts';
import { findHolder } from './store/holders.ts';
import { isDatabaseOutage } from './store/outage.ts';
import { createUsageStore } from './store/usage-store.ts';

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
  readonly stop: () => Promise<void>;
};

/** Starts both listeners. Resolves when they answer. */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const bindings: Binding[] = [];
  let deployment: Deployment | null = null;
  try {
    const atPublic = await bind(config.listen, 'LENCANA_LISTEN');
    bindings.push(atPublic);
    const atVerification = await bind(config.verifyListen, 'LENCANA_VERIFY_LISTEN');
    bindings.push(atVerification);
    deployment = await openDeployment(config, log);
    return await serve(deployment, atPublic, atVerification);
  } catch (error) {
    for (const binding of bindings) await binding.close();
    await deployment?.close();
    throw error;
  }
}

async function serve(
  deployment: Deployment,
  atPublic: Binding,
  atVerification: Binding,
): Promise<RunningServer> {
  const { config, log, store } = deployment;
  const publicUrl =
    config.publicUrl ?? `http://localhost${atPublic.port === null ? '' : `:${atPublic.port}`}`;
  // A restored file may be in place: what services learnt of the one before it counts no more.
  if (store.dialect === 'sqlite') await renewHistory(store);
  const accounts = await openAccounts(deployment, publicUrl);
  const usage = createUsageRecorder(createUsageStore(store), Date.now);
  const node = await openNode(deployment, usage);
  const { tokenStore, tokens } = openTokens(deployment, node.finality);
  const shared = {
    log,
    trustedProxies: config.trustedProxies,
    tokenPrefix: config.tokenPrefix,
    isOutage: isDatabaseOutage,
    isReady: async () => node.verifier.lease.isLive(),
    verifier: node.verifier,
  };
  const publicApp = await createPublicApp({
    ...shared,
    accessLogLevel: 'info',
    server: atPublic.server,
    accounts,
    findUser: (id) => findHolder(store, id),
    tokens: tokenStore,
    tokenRoutes: { tokens, clock: Date.now, flushUsage: () => usage.flush() },
    portal: {
      name: config.portalName,
      publicUrl,
      tokenPrefix: config.tokenPrefix,
      signUp: config.signUp,
      mail: config.mail !== null,
    },
    version: VERSION,
  });
  const verificationApp = await createVerificationApp({
    ...shared,
    // As many as the requests of all services together: they have access logs of their own.
    accessLogLevel: 'debug',
    server: atVerification.server,
    gate: node.gate,
    feed: node.feed,
    usage,
    demandsCredential: !config.verifyOpen && !isLoopback(config.verifyListen),
  });
  const stopChores = startChores(
    [
      [USAGE_FLUSH_MS, () => usage.flush(), 'uses could not be written'],
      [REPLY_ERASE_MS, () => tokenStore.eraseReplies(Date.now()), 'ended replies could not be erased'],
      ...node.chores,
      [ACCOUNT_SWEEP_MS, () => accounts.sweep(), 'ended sessions could not be cleared away'],
    ],
    log,
  );
  return {
    publicUrl,
    publicListener: atPublic.url,
    verificationUrl: atVerification.url,
    setupCode: deployment.setupCode,
    accounts,
    stop: async () => {
      await Promise.all([atPublic.close(), atVerification.close()]);
      await Promise.all([publicApp.close(), verificationApp.close()]);
      stopChores();
      await usage.flush(true).catch((error) => log.error({ err: error }, 'uses could not be written'));
      await accounts.settled();
      await node.close();
      await deployment.close();
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
