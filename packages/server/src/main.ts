/** Composition root: the one place that knows everyone. Builds the parts from the configuration and starts or stops them. */

import { randomInt } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import { type Logger, pino } from 'pino';
import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { isLoopbackHost } from './accounts/loopback.ts';
import { createMailer } from './accounts/mail.ts';
import { type Config, type ListenAddress, localUrl, VERSION } from './config.ts';
import { createStoreVerifier } from './core/store-verifier.ts';
import { createTokenService } from './core/token-service.ts';
import { createUsageRecorder } from './core/usage-recorder.ts';
import { type Certificates, openCertificates } from './http/certificate.ts';
import { type Binding, bind } from './http/listen.ts';
import { createMetrics, exposition } from './http/metrics/metrics.ts';
import { countVerdicts, VerdictCounts } from './http/metrics/verdict-counts.ts';
import { createPublicApp } from './http/public/public-app.ts';
import { createClientAuthenticator } from './http/verification/client-credential.ts';
import { createVerificationApp } from './http/verification/verification-app.ts';
import { type Keys, parseKeys, readKeysFile } from './keys/keys.ts';
import { createReplySealer } from './keys/reply-sealer.ts';
import { createClientStore } from './store/client-store.ts';
import { registerKeys } from './store/digest-keys.ts';
import { findHolder } from './store/holders.ts';
import { openStore, type Store } from './store/open-store.ts';
import { isDatabaseOutage } from './store/outage.ts';
import { createSecretLookup } from './store/secret-lookup.ts';
import { createTokenStore } from './store/token-store.ts';
import { createUsageStore } from './store/usage-store.ts';

/** How often what verification saw is written, in milliseconds: the most that a killed process loses of last uses. */
const USAGE_FLUSH_MS = 2000;
const REPLY_ERASE_MS = 60_000;
const ACCOUNT_SWEEP_MS = 60 * 60 * 1000;

/** What both the server and the command line work with: keys, database, accounts, tokens. */
export type Deployment = {
  readonly config: Config;
  readonly log: Logger;
  readonly keys: Keys;
  readonly store: Store;
  readonly setupCode: string;
  readonly close: () => Promise<void>;
};

/** The data directory cannot be used; the message says why. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
}

/** Opens what is kept: makes the data directory and keys at the first start, migrates, refuses another deployment's keys. */
export async function openDeployment(config: Config, log: Logger): Promise<Deployment> {
  prepareDataDirectory(config.dataDir);
  const keys =
    config.keys.kind === 'text'
      ? parseKeys(config.keys.json, 'LENCANA_KEYS')
      : readKeysFile(config.keys.file, config.keys.makeIfMissing);
  const store = openStore(config.store, (error) =>
    log.warn({ err: error }, 'a database connection was lost'),
  );
  try {
    await store.migrate();
    await registerKeys(store, keys.fingerprints, Date.now());
  } catch (error) {
    await store.close();
    throw error;
  }
  return { config, log, keys, store, setupCode: setupCodeFrom(keys), close: store.close };
}

function prepareDataDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (!statSync(path).isDirectory()) throw new Error('it is not a directory');
  } catch (error) {
    const why = error instanceof Error ? error.message.split(',')[0] : '';
    throw new DataDirectoryError(
      `The data directory ${path} cannot be made (${why}). Set LENCANA_DATA_DIR to one that can.`,
    );
  }
  // Files of the database are made by its engine: what it makes is for the owner alone.
  process.umask(0o077);
}

/** Sixteen letters and digits without look-alikes, the same on every node that has the keys. */
function setupCodeFrom(keys: Keys): string {
  const alphabet = '23456789ABCDEFGHJKMNPQRSTVWXYZ';
  const letters = [...keys.derive('set-up code').subarray(0, 16)].map(
    (byte) => alphabet[byte % alphabet.length],
  );
  return (letters.join('').match(/.{4}/g) ?? []).join('-');
}

export function openAccounts(deployment: Deployment, publicUrl: string): Promise<Accounts> {
  const { config, log, keys, store, setupCode } = deployment;
  return createAccounts({
    store,
    config: { publicUrl, portalName: config.portalName, signUp: config.signUp },
    log,
    mailer: config.mail && createMailer({ ...config.mail, log }),
    secret: keys.derive('accounts'),
    setupCode,
  });
}

export function openTokens({ config, keys, store }: Deployment) {
  const tokenStore = createTokenStore(store.kysely);
  const tokens = createTokenService({
    store: tokenStore,
    digester: keys,
    sealer: createReplySealer(keys.derive('replies')),
    clock: Date.now,
    newTokenId: () => `tok_${randomId()}`,
    prefix: config.tokenPrefix,
  });
  return { tokenStore, tokens };
}

/** 22 characters of `[0-9A-Za-z]`: 130 bits. */
export function randomId(): string {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  return Array.from({ length: 22 }, () => alphabet[randomInt(62)]).join('');
}

export type RunningServer = {
  readonly publicUrl: string;
  /** Where the public listener itself is bound. */
  readonly publicListener: string;
  readonly verificationUrl: string;
  readonly setupCode: string;
  readonly accounts: Accounts;
  readonly renewCertificates: Certificates['renew'];
  readonly stop: () => Promise<void>;
};

/** Starts both listeners. Resolves when they answer. */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const bindings: Binding[] = [];
  let deployment: Deployment | null = null;
  try {
    const certificates = openCertificates(config, log);
    const atPublic = await bind(config.listen, 'LENCANA_LISTEN', certificates.public);
    bindings.push(atPublic);
    const atVerification = await bind(
      config.verifyListen,
      'LENCANA_VERIFY_LISTEN',
      certificates.verification,
    );
    bindings.push(atVerification);
    deployment = await openDeployment(config, log);
    const running = await serve(deployment, atPublic, atVerification);
    return { ...running, renewCertificates: certificates.renew };
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
): Promise<Omit<RunningServer, 'renewCertificates'>> {
  const { config, log, keys, store } = deployment;
  const publicUrl = config.publicUrl ?? localUrl(config, atPublic.port);
  const accounts = await openAccounts(deployment, publicUrl);
  const { tokenStore, tokens } = openTokens(deployment);
  const usage = createUsageRecorder(createUsageStore(store.kysely), Date.now);
  const verifier = createStoreVerifier({
    prefix: config.tokenPrefix,
    digester: keys,
    lookup: createSecretLookup(store),
    usage,
    onFailure: (error) => log.error({ err: error }, 'a token could not be checked'),
  });
  const counts = new VerdictCounts();
  const metrics = createMetrics({ version: VERSION, counts, cache: null, lease: null });
  const flushUsage = () =>
    usage.flush().catch((error) => {
      metrics.usageFlushFailed();
      throw error;
    });
  const isReady = async () => {
    try {
      await store.kysely.selectFrom('settings').select('name').limit(1).execute();
      return true;
    } catch {
      return false;
    }
  };
  const shared = {
    log,
    trustedProxies: config.trustedProxies,
    tokenPrefix: config.tokenPrefix,
    isOutage: isDatabaseOutage,
    isReady,
    verifier,
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
    verifier: countVerdicts(verifier, counts),
    metricsText: async () => exposition([await metrics.snapshot()]),
    // As many as the requests of all services together: they have access logs of their own.
    accessLogLevel: 'debug',
    server: atVerification.server,
    authenticate: createClientAuthenticator(createClientStore(store.kysely), keys.digestClientSecret),
    demandsCredential: !config.verifyOpen && !isLoopback(config.verifyListen),
  });
  const stopChores = startChores(
    [
      [USAGE_FLUSH_MS, flushUsage, 'uses could not be written'],
      [REPLY_ERASE_MS, () => tokenStore.eraseReplies(Date.now()), 'ended replies could not be erased'],
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
      await deployment.close();
    },
  };
}

type Chore = readonly [everyMs: number, work: () => Promise<void>, failure: string];

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
