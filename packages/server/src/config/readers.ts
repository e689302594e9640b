/**
 * From the text of each setting to its value. A text that cannot be kept is refused by a sentence that names the setting and says what
 * would do; no sentence repeats a secret. Reads neither the environment nor a file.
 */
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { isPrefix } from '@lencana/verifier/node';
import type { SignUpMode } from '../accounts/admission.ts';
import { asciiDomainOf } from '../accounts/mail-address.ts';
import type { StoreLocation } from '../store/engines/open-store.ts';
import type { SettingName } from './settings.ts';

export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** A certificate and its private key, both PEM. */
export type CertificateFiles = { readonly certFile: string; readonly keyFile: string };

export type KeysLocation =
  | { readonly kind: 'file'; readonly file: string; readonly makeIfMissing: boolean }
  | { readonly kind: 'text'; readonly json: string };

export type MailServer = { readonly smtpUrl: string; readonly from: string };

/** A setting that cannot be kept; the message names it and says what would do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export function readListen(name: string, value: string): ListenAddress {
  if (value.startsWith('unix:') && value.length > 5) return { kind: 'unix', path: resolve(value.slice(5)) };
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(value);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new ConfigError(`${name}=${value} is no address. Write host:port, [ipv6]:port or unix:/path.`);
  }
  return { kind: 'tcp', host, port };
}

export function readCertificateFiles(
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

/** @throws ConfigError that names `setting` and its bounds */
export function readWholeNumber(setting: string, value: string, min: number, max: number): number {
  if (/^\d{1,9}$/.test(value) && Number(value) >= min && Number(value) <= max) return Number(value);
  throw new ConfigError(`${setting}=${value} must be a whole number from ${min} to ${max}.`);
}

/** @throws ConfigError that names `setting` */
export function readWorkers(setting: string, value: string): number {
  return readWholeNumber(setting, value, 0, 64);
}

export function readStore(url: string | null, dataDir: string): StoreLocation {
  if (url === null) return { kind: 'sqlite', file: join(dataDir, 'lencana.db') };
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new ConfigError('LENCANA_DATABASE_URL must start with postgres://. Leave it out for SQLite.');
  }
  return { kind: 'postgres', url };
}

export function readPublicUrl(value: string | null): string | null {
  if (value === null) return null;
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash) {
    throw new ConfigError(
      `LENCANA_PUBLIC_URL=${value} must be http:// or https:// with a host and no path, e.g. https://portal.example.com.`,
    );
  }
  return url.origin;
}

export function readKeys(json: string | null, file: string | null, dataDir: string): KeysLocation {
  if (json !== null && file !== null) {
    throw new ConfigError('LENCANA_KEYS and LENCANA_KEYS_FILE are both set. Set one of them.');
  }
  if (json !== null) return { kind: 'text', json };
  if (file !== null) return { kind: 'file', file: resolve(file), makeIfMissing: false };
  return { kind: 'file', file: join(dataDir, 'keys.json'), makeIfMissing: true };
}

export function readPrefix(value: string): string {
  if (isPrefix(value)) return value;
  throw new ConfigError(`LENCANA_TOKEN_PREFIX=${value} must be letters and digits ending in _, e.g. acme_.`);
}

export function readSignUp(value: string): SignUpMode {
  if (value === 'open' || value === 'invitation') return { mode: value };
  if (value.startsWith('domains:')) {
    const domains = value
      .slice(8)
      .split(',')
      .map((domain) => asciiDomainOf(domain.trim()) ?? '')
      .filter((domain) => domain.includes('.'));
    if (domains.length === value.split(',').length) return { mode: 'domains', domains };
  }
  throw new ConfigError(
    `LENCANA_SIGN_UP=${value} must be open, invitation or domains:example.com,example.org.`,
  );
}

export function readMail(smtpUrl: string | null, from: string | null): MailServer | null {
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

export function readProxies(value: string): string[] {
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

export function readSwitch(name: string, value: string): boolean {
  if (value === '' || value === '0') return false;
  if (value === '1') return true;
  throw new ConfigError(`${name}=${value} must be 1 or 0.`);
}

export function readFreshness(value: string): number {
  const seconds = Number(value);
  if (seconds >= 0.1 && seconds <= 60) return seconds;
  throw new ConfigError(`LENCANA_FRESHNESS_SECONDS=${value} must be a number from 0.1 to 60.`);
}

export function readLogLevel(value: string): string {
  if (['trace', 'debug', 'info', 'warn', 'error', 'fatal'].includes(value)) return value;
  throw new ConfigError(`LENCANA_LOG_LEVEL=${value} must be trace, debug, info, warn, error or fatal.`);
}
