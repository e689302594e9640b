/** The only reader of the environment: every setting with its default, checked once at start. Documented in docs/configuration.md, which is generated from SETTINGS. */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { DEFAULT_PREFIX, isPrefix } from '@lencana/verifier';
import type { SignUpMode } from './accounts/admission.ts';
import type { StoreLocation } from './store/engines/open-store.ts';

/** Every setting, what it means and what holds when it is not set. */
export const SETTINGS = {
  LENCANA_LISTEN: [
    '127.0.0.1:8080',
    'Address of the public listener: `host:port`, port 0 for a free one, or `unix:/path`.',
  ],
  LENCANA_VERIFY_LISTEN: [
    '127.0.0.1:8081',
    'Address of the verification listener. Off loopback it demands a client credential.',
  ],
  LENCANA_TLS_CERT_FILE: [
    '',
    'Certificate of the public listener, PEM with its chain, which then speaks TLS. Needs LENCANA_TLS_KEY_FILE.',
  ],
  LENCANA_TLS_KEY_FILE: ['', 'Private key of that certificate, PEM without a passphrase.'],
  LENCANA_VERIFY_TLS_CERT_FILE: [
    '',
    'Certificate of the verification listener; may be the same file. Needs LENCANA_VERIFY_TLS_KEY_FILE.',
  ],
  LENCANA_VERIFY_TLS_KEY_FILE: ['', 'Private key of that certificate, PEM without a passphrase.'],
  LENCANA_WORKERS: [
    '0',
    'How many processes answer the verification listener, 0 to 64; 0: the one that serves the portal answers it too.',
  ],
  LENCANA_DATA_DIR: ['./data', 'Directory of the keys file and the embedded database; made with mode 0700.'],
  LENCANA_DATABASE_URL: [
    '',
    '`postgres://…` for PostgreSQL. Not set: SQLite (`lencana.db`) in the data directory.',
  ],
  LENCANA_PUBLIC_URL: [
    'http://localhost:<port>',
    'Where people open the portal. Links in mails, cookies and passkeys go by it. With a certificate the default is https://.',
  ],
  LENCANA_KEYS_FILE: [
    '<data directory>/keys.json',
    'File of the deployment keys. Made at the first start only in its default place.',
  ],
  LENCANA_KEYS: ['', 'The content of the keys file itself, where secrets come by the environment.'],
  LENCANA_PORTAL_NAME: ['Service Portal AI', 'The name in the portal’s header and in mails.'],
  LENCANA_TOKEN_PREFIX: [DEFAULT_PREFIX, 'Prefix of new secrets: letters and digits ending in `_`.'],
  LENCANA_SIGN_UP: [
    'open',
    'Who may sign up: `open`, `domains:example.com,example.org` (needs mail) or `invitation`.',
  ],
  LENCANA_SMTP_URL: ['', '`smtp://user:password@host:port` or `smtps://…`. Not set: no mail is sent.'],
  LENCANA_MAIL_FROM: [
    '',
    'Sender of mails, e.g. `Service Portal AI <portal@example.com>`. Needed with LENCANA_SMTP_URL.',
  ],
  LENCANA_TRUSTED_PROXIES: [
    '',
    'Addresses or CIDR ranges, separated by commas, whose X-Forwarded-For names the client; `unix` for whoever reaches a socket file.',
  ],
  LENCANA_DATABASE_NOTIFY: [
    '1',
    '`0`: do not listen for notifications of PostgreSQL (a pooler that cannot pass them on). Changes are then found by the next sync.',
  ],
  LENCANA_FRESHNESS_SECONDS: [
    '1',
    'S, 0.1 to 60: how long a verdict may be given from memory after a look at the database. A deletion answers S and a twentieth of a second after it was made, and the service stops S after it lost the database.',
  ],
  LENCANA_VERIFY_OPEN: [
    '',
    '`1`: the verification listener demands no client credential off loopback either (a private network).',
  ],
  LENCANA_LOG_LEVEL: [
    'info',
    '`trace`, `debug`, `info`, `warn`, `error` or `fatal`. Logs go to stderr as JSON lines.',
  ],
} as const satisfies Record<string, readonly [fallback: string, meaning: string]>;

type SettingName = keyof typeof SETTINGS;

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** A certificate and its private key, both PEM. */
export type CertificateFiles = { readonly certFile: string; readonly keyFile: string };

export type Config = {
  readonly listen: ListenAddress;
  readonly verifyListen: ListenAddress;
  /** null: plain HTTP. */
  readonly tls: CertificateFiles | null;
  readonly verifyTls: CertificateFiles | null;
  /** Processes for the verification listener; 0: none of their own. */
  readonly workers: number;
  readonly dataDir: string;
  readonly store: StoreLocation;
  /** null: `localhost` once the port is known, see `localUrl`. */
  readonly publicUrl: string | null;
  readonly keys:
    | { readonly kind: 'file'; readonly file: string; readonly makeIfMissing: boolean }
    | { readonly kind: 'text'; readonly json: string };
  readonly portalName: string;
  readonly tokenPrefix: string;
  readonly signUp: SignUpMode;
  readonly mail: { readonly smtpUrl: string; readonly from: string } | null;
  readonly trustedProxies: readonly string[];
  readonly freshnessSeconds: number;
  readonly databaseNotify: boolean;
  readonly verifyOpen: boolean;
  readonly logLevel: string;
};

/** A setting that cannot be kept; the message names it and says what would do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws ConfigError */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  refuseUnknown(env);
  const read = (name: SettingName): string => env[name]?.trim() || SETTINGS[name][0];
  const given = (name: SettingName): string | null => env[name]?.trim() || null;
  const dataDir = resolve(read('LENCANA_DATA_DIR'));
  return {
    listen: readListen('LENCANA_LISTEN', read('LENCANA_LISTEN')),
    verifyListen: readListen('LENCANA_VERIFY_LISTEN', read('LENCANA_VERIFY_LISTEN')),
    tls: readCertificateFiles('LENCANA_TLS', given),
    verifyTls: readCertificateFiles('LENCANA_VERIFY_TLS', given),
    workers: readWorkers('LENCANA_WORKERS', read('LENCANA_WORKERS')),
    dataDir,
    store: readStore(given('LENCANA_DATABASE_URL'), dataDir),
    publicUrl: readPublicUrl(given('LENCANA_PUBLIC_URL')),
    keys: readKeys(given('LENCANA_KEYS'), given('LENCANA_KEYS_FILE'), dataDir),
    portalName: read('LENCANA_PORTAL_NAME'),
    tokenPrefix: readPrefix(read('LENCANA_TOKEN_PREFIX')),
    signUp: readSignUp(read('LENCANA_SIGN_UP')),
    mail: readMail(given('LENCANA_SMTP_URL'), given('LENCANA_MAIL_FROM')),
    trustedProxies: readProxies(read('LENCANA_TRUSTED_PROXIES')),
    freshnessSeconds: readFreshness(read('LENCANA_FRESHNESS_SECONDS')),
    databaseNotify: readSwitch('LENCANA_DATABASE_NOTIFY', read('LENCANA_DATABASE_NOTIFY')),
    verifyOpen: readSwitch('LENCANA_VERIFY_OPEN', read('LENCANA_VERIFY_OPEN')),
    logLevel: readLogLevel(read('LENCANA_LOG_LEVEL')),
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

/** A misspelt setting would silently leave its default in force. */
function refuseUnknown(env: NodeJS.ProcessEnv): void {
  const unknown = Object.keys(env).find((name) => name.startsWith('LENCANA_') && !(name in SETTINGS));
  if (unknown)
    throw new ConfigError(`${unknown} is not a setting. See docs/configuration.md for those there are.`);
}

function readListen(name: string, value: string): ListenAddress {
  if (value.startsWith('unix:') && value.length > 5) return { kind: 'unix', path: resolve(value.slice(5)) };
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(value);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new ConfigError(`${name}=${value} is no address. Write host:port, [ipv6]:port or unix:/path.`);
  }
  return { kind: 'tcp', host, port };
}

function readCertificateFiles(
  pair: 'LENCANA_TLS' | 'LENCANA_VERIFY_TLS',
  given: (name: SettingName) => string | null,
): CertificateFiles | null {
  const certFile = given(`${pair}_CERT_FILE`);
  const keyFile = given(`${pair}_KEY_FILE`);
  if (certFile === null && keyFile === null) return null;
  if (certFile === null || keyFile === null) {
    throw new ConfigError(`${pair}_CERT_FILE and ${pair}_KEY_FILE belong together. Set both, or neither.`);
  }
  return { certFile: resolve(certFile), keyFile: resolve(keyFile) };
}

/** @throws ConfigError that names `setting` */
export function readWorkers(setting: string, value: string): number {
  if (/^\d{1,2}$/.test(value) && Number(value) <= 64) return Number(value);
  throw new ConfigError(`${setting}=${value} must be a whole number from 0 to 64.`);
}

function readStore(url: string | null, dataDir: string): StoreLocation {
  if (url === null) return { kind: 'sqlite', file: join(dataDir, 'lencana.db') };
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new ConfigError('LENCANA_DATABASE_URL must start with postgres://. Leave it out for SQLite.');
  }
  return { kind: 'postgres', url };
}

function readPublicUrl(value: string | null): string | null {
  if (value === null) return null;
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash) {
    throw new ConfigError(
      `LENCANA_PUBLIC_URL=${value} must be http:// or https:// with a host and no path, e.g. https://portal.example.com.`,
    );
  }
  return url.origin;
}

function readKeys(json: string | null, file: string | null, dataDir: string): Config['keys'] {
  if (json !== null) return { kind: 'text', json };
  if (file !== null) return { kind: 'file', file: resolve(file), makeIfMissing: false };
  return { kind: 'file', file: join(dataDir, 'keys.json'), makeIfMissing: true };
}

function readPrefix(value: string): string {
  if (isPrefix(value)) return value;
  throw new ConfigError(`LENCANA_TOKEN_PREFIX=${value} must be letters and digits ending in _, e.g. acme_.`);
}

function readSignUp(value: string): SignUpMode {
  if (value === 'open' || value === 'invitation') return { mode: value };
  if (value.startsWith('domains:')) {
    const domains = value
      .slice(8)
      .split(',')
      .map((domain) => domain.trim().toLowerCase());
    if (domains.every((domain) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain)))
      return { mode: 'domains', domains };
  }
  throw new ConfigError(
    `LENCANA_SIGN_UP=${value} must be open, invitation or domains:example.com,example.org.`,
  );
}

function readMail(smtpUrl: string | null, from: string | null): Config['mail'] {
  if (smtpUrl === null && from === null) return null;
  if (smtpUrl === null || from === null) {
    throw new ConfigError('LENCANA_SMTP_URL and LENCANA_MAIL_FROM belong together. Set both, or neither.');
  }
  if (!isSmtpUrl(smtpUrl)) {
    throw new ConfigError(
      'LENCANA_SMTP_URL must be smtp:// or smtps:// with a host; %, @ and : in user or password are percent-encoded.',
    );
  }
  return { smtpUrl, from };
}

function isSmtpUrl(text: string): boolean {
  const url = URL.parse(text);
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return false;
  try {
    decodeURIComponent(url.username + url.password);
    return true;
  } catch {
    return false;
  }
}

function readProxies(value: string): string[] {
  const proxies = value
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  for (const proxy of proxies.filter((name) => name !== 'unix')) {
    const [address = '', bits, more] = proxy.split('/');
    const family = isIP(address);
    const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 6 ? 128 : 32));
    if (family === 0 || !fits || more !== undefined) {
      throw new ConfigError(
        `LENCANA_TRUSTED_PROXIES: ${proxy} is no address or range. Write 10.0.0.7, 10.0.0.0/8 or unix.`,
      );
    }
  }
  return proxies;
}

function readSwitch(name: string, value: string): boolean {
  if (value === '' || value === '0') return false;
  if (value === '1') return true;
  throw new ConfigError(`${name}=${value} must be 1 or 0.`);
}

function readFreshness(value: string): number {
  const seconds = Number(value);
  if (seconds >= 0.1 && seconds <= 60) return seconds;
  throw new ConfigError(`LENCANA_FRESHNESS_SECONDS=${value} must be a number from 0.1 to 60.`);
}

function readLogLevel(value: string): string {
  if (['trace', 'debug', 'info', 'warn', 'error', 'fatal'].includes(value)) return value;
  throw new ConfigError(`LENCANA_LOG_LEVEL=${value} must be trace, debug, info, warn, error or fatal.`);
}
