/**
 * The deployment's keys: made at the first start, kept outside the database (a file of mode 0600 in the data directory, a mounted
 * file or the environment), the same on every node. Holds digests of secrets and whatever else is derived; prints none.
 */
import { createHmac, hash, hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, linkSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import type { Secret } from '@lencana/verifier/node';
import type { HashDigester, SecretDigest, SecretDigester } from '../core/ports.ts';
import { checkSecretFile, TrustError } from '../files/trusted-files.ts';

const KEY_BYTES = 32;

/** Digest keys have versions from 1; under 0 stands the root key, which is compared at start like them. */
export const ROOT_VERSION = 0;

export type Keys = SecretDigester &
  HashDigester & {
    /** By key version; the root key's under ROOT_VERSION. */
    readonly fingerprints: ReadonlyMap<number, string>;
    /** A key of its own for one purpose (HKDF-SHA-256, RFC 5869), 32 bytes. */
    derive(purpose: string): Uint8Array;
    /** Keyed digest of a service credential's secret. */
    digestClientSecret(text: string): Uint8Array;
  };

/** The keys cannot be read or are not keys. */
export class KeysError extends Error {
  override readonly name = 'KeysError';
}

/**
 * Makes the file if it is not there; two nodes that do so at once end with one.
 * @param notice hears what the operator should know of the file
 * @throws KeysError
 */
export function readKeysFile(
  file: string,
  makeIfMissing: boolean,
  notice: (sentence: string) => void = () => {},
): Keys {
  if (!existsSync(file)) {
    if (!makeIfMissing) throw new KeysError(`The keys file ${file} does not exist.`);
    makeKeysFile(file);
  }
  try {
    for (const sentence of checkSecretFile(file, 'The keys file')) notice(sentence);
    return parseKeys(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof TrustError) throw new KeysError(error.message);
    throw error;
  }
}

function makeKeysFile(file: string): void {
  const draft = `${file}.${process.pid}.new`;
  const key = () => randomBytes(KEY_BYTES).toString('base64url');
  writeFileSync(draft, `${JSON.stringify({ root: key(), digest: { 1: key() } }, null, 2)}\n`, {
    mode: 0o600,
    flush: true,
  });
  chmodSync(draft, 0o600);
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    unlinkSync(draft);
  }
}

/** `source` is named in errors; the content never is. @throws KeysError */
export function parseKeys(json: string, source: string): Keys {
  const broken = (why: string) =>
    new KeysError(`The keys in ${source} are broken: ${why}. Restore them from a backup.`);
  let parsed: { root?: unknown; digest?: Record<string, unknown> };
  try {
    parsed = JSON.parse(json);
  } catch {
    throw broken('not JSON');
  }
  const readKey = (value: unknown, name: string): Buffer => {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'base64url') : Buffer.alloc(0);
    if (bytes.length !== KEY_BYTES) throw broken(`"${name}" is not ${KEY_BYTES} bytes in base64url`);
    return bytes;
  };
  const digest = new Map<number, Buffer>();
  for (const [version, value] of Object.entries(parsed?.digest ?? {})) {
    if (!/^[1-9]\d{0,5}$/.test(version)) throw broken('a digest key version is not a whole number from 1');
    digest.set(Number(version), readKey(value, `digest ${version}`));
  }
  if (digest.size === 0) throw broken('there is no digest key');
  return keysOf(readKey(parsed.root, 'root'), digest);
}

function keysOf(root: Buffer, digest: ReadonlyMap<number, Buffer>): Keys {
  const newestFirst = [...digest].sort(([one], [other]) => other - one);
  const derive = (purpose: string) =>
    new Uint8Array(hkdfSync('sha256', root, Buffer.alloc(0), `lencana ${purpose}`, KEY_BYTES));
  const clientKey = derive('client secrets');
  const digestsOfHash = (inner: Uint8Array): SecretDigest[] =>
    newestFirst.map(([keyVersion, key]) => ({
      keyVersion,
      digest: createHmac('sha256', key).update(inner).digest(),
    }));
  const all = (secret: Secret) => digestsOfHash(hash('sha256', secret.reveal(), 'buffer'));
  return {
    all,
    digestsOfHash,
    current: (secret) => {
      const [newest] = all(secret);
      if (!newest) throw new Error('no digest key');
      return newest;
    },
    derive,
    digestClientSecret: (text) => createHmac('sha256', clientKey).update(text).digest(),
    fingerprints: new Map([[ROOT_VERSION, fingerprintOf(root)], ...newestFirst.map(fingerprinted)]),
  };
}

const fingerprinted = ([version, key]: [number, Buffer]): [number, string] => [version, fingerprintOf(key)];

/** Tells one key from another and says nothing about either: 128 bits of an HMAC under the key. */
function fingerprintOf(key: Buffer): string {
  return createHmac('sha256', key).update('lencana key fingerprint').digest('hex').slice(0, 32);
}
