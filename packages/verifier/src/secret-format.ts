/**
 * The secret's written form: `<prefix><26 random><6 check>`. Pure and free of dependencies, so that a service, a scanner and
 * the server agree on it. It says whether a text can be a secret at all; whether it is one, only a verifier can say.
 */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 26;
const CHECK_LENGTH = 6;
const BODY_LENGTH = RANDOM_LENGTH + CHECK_LENGTH;

/** Prefix of secrets where the operator sets none. */
export const DEFAULT_PREFIX = 'cldkctl_';

/** A prefix is 2 to 32 letters and digits ending in `_`. */
export function isPrefix(text: string): boolean {
  return /^[0-9A-Za-z]{1,31}_$/.test(text);
}

/**
 * A secret as a type of its own: it cannot be printed, logged, serialised or compared by accident.
 * `reveal()` is the one way to the text; call it only where the text leaves for its holder or is digested.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.toPrimitive](): string {
    return '[secret]';
  }

  /** `console.log` and `util.inspect` of Node, Deno and Bun look for this symbol. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}

/** Fills the array with random bytes from a CSPRNG. Default: Web Crypto. */
export type RandomFill = (bytes: Uint8Array<ArrayBuffer>) => void;

const webCryptoFill: RandomFill = (bytes) => {
  crypto.getRandomValues(bytes);
};

/**
 * Makes a new secret: 26 characters drawn without bias (bytes of 248 and above are thrown away; 154 bits remain) and the check.
 * @throws RangeError if the prefix is not one
 */
export function generateSecret(prefix: string = DEFAULT_PREFIX, fill: RandomFill = webCryptoFill): Secret {
  if (!isPrefix(prefix)) throw new RangeError('A prefix is letters and digits ending in an underscore.');
  let random = '';
  const bytes = new Uint8Array(40);
  while (random.length < RANDOM_LENGTH) {
    fill(bytes);
    for (const byte of bytes) {
      if (byte < 248 && random.length < RANDOM_LENGTH) random += ALPHABET[byte % 62];
    }
  }
  bytes.fill(0);
  return new Secret(prefix + random + checkOf(prefix + random));
}

/** The six check characters: CRC-32 (IEEE) of the ASCII text as base 62, most significant digit first, zero-padded. */
export function checkOf(text: string): string {
  let rest = crc32(text);
  let check = '';
  for (let digit = 0; digit < CHECK_LENGTH; digit++) {
    check = ALPHABET[rest % 62] + check;
    rest = Math.floor(rest / 62);
  }
  return check;
}

/**
 * Reads a presented text: a secret if its shape and check are right, else null. Costs no hash and no look-up, so a typo or a
 * random string is known for one here. Not a judgement: a well-formed secret may be nobody's.
 */
export function parseSecret(text: string, prefix: string = DEFAULT_PREFIX): Secret | null {
  return isSecretText(text, prefix) ? new Secret(text) : null;
}

/** Whether `parseSecret` would take the text, without making anything of it: for each request of a hot path. */
export function isSecretText(text: string, prefix: string = DEFAULT_PREFIX): boolean {
  if (text.length !== prefix.length + BODY_LENGTH || !text.startsWith(prefix)) return false;
  const checkAt = text.length - CHECK_LENGTH;
  let crc = crcOfPrefix(prefix);
  for (let at = prefix.length; at < checkAt; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f || (DIGIT_OF[code] as number) < 0) return false;
    crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ code) & 0xff] as number);
  }
  let check = 0;
  for (let at = checkAt; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f || (DIGIT_OF[code] as number) < 0) return false;
    check = check * 62 + (DIGIT_OF[code] as number);
  }
  return check === (crc ^ 0xffffffff) >>> 0;
}

/** What may be shown of a secret: its prefix and last four characters, e.g. `cldkctl_…gj4T`. */
export function maskSecret(secret: Secret, prefix: string = DEFAULT_PREFIX): string {
  return `${prefix}…${secret.reveal().slice(-4)}`;
}

/** A secret found in a text, by its place. */
export type FoundSecret = { readonly start: number; readonly end: number; readonly secret: Secret };

/**
 * Finds the secrets of a prefix in a text (a log line, a URL, a file). Only those whose check is right: ordinary words that
 * happen to start with the prefix are left alone.
 */
export function findSecrets(text: string, prefix: string = DEFAULT_PREFIX): FoundSecret[] {
  const found: FoundSecret[] = [];
  for (let start = text.indexOf(prefix); start !== -1; start = text.indexOf(prefix, start + 1)) {
    const end = start + prefix.length + BODY_LENGTH;
    const secret = parseSecret(text.slice(start, end), prefix);
    if (secret) found.push({ start, end, secret });
  }
  return found;
}

/** The text with each secret in it masked: what a log may hold of a URL that somebody put a secret into. */
export function maskSecretsIn(text: string, prefix: string = DEFAULT_PREFIX): string {
  let masked = '';
  let from = 0;
  for (const { start, end, secret } of findSecrets(text, prefix)) {
    masked += text.slice(from, start) + maskSecret(secret, prefix);
    from = end;
  }
  return masked + text.slice(from);
}

/** The value of a base-62 digit by its character code, -1 for any other. */
const DIGIT_OF = new Int8Array(128).fill(-1);
for (let digit = 0; digit < ALPHABET.length; digit++) DIGIT_OF[ALPHABET.charCodeAt(digit)] = digit;

const CRC_TABLE = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(ascii: string): number {
  return (crcAfter(ascii) ^ 0xffffffff) >>> 0;
}

/** The state of the CRC after a text, for more to follow. */
function crcAfter(ascii: string): number {
  let crc = 0xffffffff;
  for (let at = 0; at < ascii.length; at++) {
    crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ ascii.charCodeAt(at)) & 0xff] ?? 0);
  }
  return crc;
}

let lastPrefix = '';
let lastPrefixCrc = 0xffffffff;

/** A service has one prefix for all its secrets. */
function crcOfPrefix(prefix: string): number {
  if (prefix !== lastPrefix) {
    lastPrefix = prefix;
    lastPrefixCrc = crcAfter(prefix);
  }
  return lastPrefixCrc;
}
