/** What a deployment keeps, opened: keys, database, accounts, tokens. A part of the composition root, for the server and the commands. */
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Secret } from '@lencana/verifier/node';
import type { Logger } from 'pino';
import { type Accounts, createAccounts } from './accounts/accounts.ts';
import { createMailer } from './accounts/mail.ts';
import { setUpCodeOf } from './accounts/set-up-code.ts';
import type { Config } from './config.ts';
import { createCredentialService } from './core/authority/credential-service.ts';
import { createFinality, type Finality } from './core/authority/finality.ts';
import { createTokenService } from './core/tokens/token-service.ts';
import { checkTrustedFile, checkTrustedFolder } from './files/trusted-files.ts';
import { type Keys, parseKeys, readKeysFile } from './keys/keys.ts';
import { createReplySealer } from './keys/reply-sealer.ts';
import { readHistory } from './store/authority/authority-log.ts';
import { createClientStore } from './store/authority/client-store.ts';
import { freshnessMsMax } from './store/authority/nodes.ts';
import { openStore, type Store } from './store/engines/open-store.ts';
import { registerKeys } from './store/tokens/digest-keys.ts';
import { findSecretId } from './store/tokens/token-owners.ts';
import { createTokenStore } from './store/tokens/token-store.ts';

/** What both the server and the command line work with: keys, database, accounts, tokens. */
export type Deployment = AsyncDisposable & {
  readonly config: Config;
  readonly log: Logger;
  readonly keys: Keys;
  readonly store: Store;
};

/** The data directory cannot be used; the message says why. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
}

/** Opens what is kept: makes the data directory and keys at the first start, migrates, refuses another deployment's keys. */
export async function openDeployment(config: Config, log: Logger): Promise<Deployment> {
  prepareDataDirectory(config.dataDir, log);
  const keys =
    config.keys.kind === 'text'
      ? parseKeys(config.keys.json, 'LENCANA_KEYS')
      : readKeysFile(config.keys.file, config.keys.makeIfMissing, (notice) => log.warn(notice));
  await using stack = new AsyncDisposableStack();
  const store = stack.use(await openMigratedStore(config, log));
  await registerKeys(store, keys.fingerprints, Date.now());
  const kept = stack.move();
  return {
    config,
    log,
    keys,
    store,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** The database alone, brought to this version. What it holds needs no keys to be read. */
export async function openMigratedStore(config: Config, log: Logger): Promise<Store & AsyncDisposable> {
  await using stack = new AsyncDisposableStack();
  const store = openStore(config.store, (error) =>
    log.warn({ err: error }, 'a database connection was lost'),
  );
  stack.defer(store.close);
  await store.migrate();
  const kept = stack.move();
  return { ...store, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** @throws DataDirectoryError, TrustError */
function prepareDataDirectory(path: string, log: Logger): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    if (!statSync(path).isDirectory()) throw new Error('it is not a directory');
  } catch (error) {
    const why = error instanceof Error ? error.message.split(',')[0] : '';
    throw new DataDirectoryError(
      `The data directory ${path} cannot be made (${why}). Set LENCANA_DATA_DIR to one that can.`,
    );
  }
  for (const notice of checkTrustedFolder(path, 'The data directory')) log.warn(notice);
  for (const file of ['lencana.db', 'lencana.db-wal', 'lencana.db-shm', 'lencana.db-journal']) {
    const database = join(path, file);
    if (existsSync(database)) checkTrustedFile(database, 'The database');
  }
  // Files of the database are made by its engine: what it makes is for the owner alone.
  process.umask(0o077);
}

export function openAccounts(
  deployment: Deployment,
  publicUrl: string,
  finality: Finality,
): Promise<Accounts> {
  const { config, log, keys, store } = deployment;
  return createAccounts({
    store,
    config: {
      publicUrl,
      portalName: config.portalName,
      signUp: config.signUp,
      sessionLifetimeMs: config.sessionDays * 24 * 60 * 60 * 1000,
    },
    log,
    mailer: config.mail && createMailer({ ...config.mail, log }),
    secret: keys.derive('accounts'),
    finality,
    setupCode: async () => setUpCodeOf(keys.derive('set-up code'), await readHistory(store)),
  });
}

export function openTokens({ config, keys, store }: Deployment, finality: Finality) {
  const { tokensPerHolderMax } = config;
  const tokenStore = createTokenStore(store, { tokensPerHolderMax });
  const tokens = createTokenService({
    store: tokenStore,
    digester: keys,
    sealer: createReplySealer(keys.derive('replies')),
    clock: Date.now,
    finality,
    newTokenId: () => `tok_${randomId()}`,
    prefix: config.tokenPrefix,
    tokensPerHolderMax,
  });
  const secretIdOf = (tokenId: string, presented: string) =>
    findSecretId(store, tokenId, keys.all(new Secret(presented)));
  return { tokenStore, tokens, secretIdOf };
}

/** What an operator does with the credentials of services. */
export function openCredentials({ keys, store }: Deployment, finality: Finality) {
  return createCredentialService({
    store: createClientStore(store),
    finality,
    clock: Date.now,
    newId: () => `client_${randomId()}`,
    newSecret: () => randomBytes(32).toString('base64url'),
    digest: keys.digestClientSecret,
  });
}

/** 22 characters of `[0-9A-Za-z]`: 130 bits. */
export function randomId(): string {
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  return Array.from({ length: 22 }, () => alphabet[randomInt(62)]).join('');
}

/**
 * How this process waits after it took authority away. `hurry` makes its own verifier look at once. `holds`: a wait keeps the process
 * from ending, as a command needs; a server that was told to stop does not stay for it.
 */
export function openFinality({ store }: Deployment, hurry: () => void = () => {}, holds = true): Finality {
  return createFinality({
    monotonicMs: () => performance.now(),
    wallMs: Date.now,
    wait: (ms) => delay(ms, undefined, { ref: holds }),
    freshnessMsMax: () => inTime(freshnessMsMax(store)),
    hurry,
  });
}

/** How long, in milliseconds, the database may take to say what the largest S is: whoever waits for it is told soon. */
const READ_MS_MAX = 900;

/** Rejects when the time is over; what comes later is heard by nobody. */
async function inTime<T>(read: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = delay(READ_MS_MAX, null, { signal: over.signal }).then(() => {
    throw new Error('The database did not answer in time.');
  });
  late.catch(() => {});
  try {
    return await Promise.race([read, late]);
  } finally {
    over.abort();
    read.catch(() => {});
  }
}
