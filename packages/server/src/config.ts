/** The only reader of the environment: puts the settings together, checked once at start. What there are is in config/settings.ts. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { SignUpMode } from './accounts/admission.ts';
import { type ForeignVariable, foreignVariables } from './config/foreign-variables.ts';
import {
  type CertificateFiles,
  type KeysLocation,
  type ListenAddress,
  type MailServer,
  readCertificateFiles,
  readFreshness,
  readKeys,
  readListen,
  readLogLevel,
  readMail,
  readPrefix,
  readProxies,
  readPublicUrl,
  readSignUp,
  readStore,
  readSwitch,
  readWholeNumber,
  readWorkers,
} from './config/readers.ts';
import { readSecret } from './config/secret-files.ts';
import { SETTINGS, type SettingName } from './config/settings.ts';
import type { ListenerConnections } from './http/connection-limits.ts';
import type { StoreLocation } from './store/engines/open-store.ts';

export type Config = {
  readonly listen: ListenAddress;
  readonly verifyListen: ListenAddress;
  /** null: plain HTTP. */
  readonly tls: CertificateFiles | null;
  readonly verifyTls: CertificateFiles | null;
  /** Connections at once, at most. */
  readonly connectionsMax: ListenerConnections;
  readonly keepAliveSeconds: number;
  /** Processes for the verification listener; 0: none of their own. */
  readonly workers: number;
  readonly dataDir: string;
  readonly store: StoreLocation;
  /** null: `localhost` once the port is known, see `localUrl`. */
  readonly publicUrl: string | null;
  readonly keys: KeysLocation;
  readonly portalName: string;
  /** Whether the documentation is served. */
  readonly docs: boolean;
  readonly tokenPrefix: string;
  /** How many tokens that are not deleted one holder may have. */
  readonly tokensPerHolderMax: number;
  /** How long, in days, deleted tokens stay listed. */
  readonly sessionDays: number;
  readonly deletedKeptDays: number;
  readonly signUp: SignUpMode;
  readonly mail: MailServer | null;
  readonly trustedProxies: readonly string[];
  readonly freshnessSeconds: number;
  /** null: as the connection turns out to be. */
  readonly databaseNotify: boolean | null;
  readonly verifyOpen: boolean;
  readonly logLevel: string;
  /** What is in the environment with our prefix and is ignored. For the log. */
  readonly foreignVariables: readonly ForeignVariable[];
  /** What the operator should know of the files that settings name, a sentence each. For the log. */
  readonly notices: readonly string[];
};

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const foreign = foreignVariables(env);
  const notices: string[] = [];
  const read = (name: SettingName): string => env[name]?.trim() || SETTINGS[name][0];
  const given = (name: SettingName): string | null => env[name]?.trim() || null;
  const wholeNumber = (name: SettingName, min: number, max: number): number =>
    readWholeNumber(name, read(name), min, max);
  const secret = (name: SettingName, fileSetting: SettingName): string | null =>
    readSecret(name, fileSetting, given, (sentence) => notices.push(sentence));
  const dataDir = resolve(read('LENCANA_DATA_DIR'));
  return {
    listen: readListen('LENCANA_LISTEN', read('LENCANA_LISTEN')),
    verifyListen: readListen('LENCANA_VERIFY_LISTEN', read('LENCANA_VERIFY_LISTEN')),
    tls: readCertificateFiles('LENCANA_TLS', given),
    verifyTls: readCertificateFiles('LENCANA_VERIFY_TLS', given),
    connectionsMax: {
      public: wholeNumber('LENCANA_CONNECTIONS_MAX', 10, 1_000_000),
      verification: wholeNumber('LENCANA_VERIFY_CONNECTIONS_MAX', 10, 1_000_000),
    },
    keepAliveSeconds: wholeNumber('LENCANA_KEEP_ALIVE_SECONDS', 1, 3600),
    workers: readWorkers('LENCANA_WORKERS', read('LENCANA_WORKERS')),
    dataDir,
    store: readStore(secret('LENCANA_DATABASE_URL', 'LENCANA_DATABASE_URL_FILE'), dataDir),
    publicUrl: readPublicUrl(given('LENCANA_PUBLIC_URL')),
    keys: readKeys(given('LENCANA_KEYS'), given('LENCANA_KEYS_FILE'), dataDir),
    portalName: read('LENCANA_PORTAL_NAME'),
    docs: readSwitch('LENCANA_DOCS', read('LENCANA_DOCS')),
    tokenPrefix: readPrefix(read('LENCANA_TOKEN_PREFIX')),
    tokensPerHolderMax: wholeNumber('LENCANA_TOKENS_PER_HOLDER_MAX', 1, 100_000),
    sessionDays: wholeNumber('LENCANA_SESSION_DAYS', 1, 365),
    deletedKeptDays: wholeNumber('LENCANA_DELETED_KEPT_DAYS', 1, 3650),
    signUp: readSignUp(read('LENCANA_SIGN_UP')),
    mail: readMail(secret('LENCANA_SMTP_URL', 'LENCANA_SMTP_URL_FILE'), given('LENCANA_MAIL_FROM')),
    trustedProxies: readProxies(read('LENCANA_TRUSTED_PROXIES')),
    freshnessSeconds: readFreshness(read('LENCANA_FRESHNESS_SECONDS')),
    databaseNotify:
      given('LENCANA_DATABASE_NOTIFY') === null
        ? null
        : readSwitch('LENCANA_DATABASE_NOTIFY', read('LENCANA_DATABASE_NOTIFY')),
    verifyOpen: readSwitch('LENCANA_VERIFY_OPEN', read('LENCANA_VERIFY_OPEN')),
    logLevel: readLogLevel(read('LENCANA_LOG_LEVEL')),
    foreignVariables: foreign,
    notices,
  };
}

/** Where the portal is opened on its own machine: what the public URL is when none is set. `port` null: the scheme's own. */
export function localUrl({ tls }: Pick<Config, 'tls'>, port: number | null): string {
  return `${tls ? 'https' : 'http'}://localhost${port === null ? '' : `:${port}`}`;
}

/** The program's version, as its package says it. */
export const VERSION: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version;
