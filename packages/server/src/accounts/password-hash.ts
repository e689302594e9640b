/**
 * Passwords at rest: argon2id in PHC format, hashed in Node's thread pool so that the event loop goes on.
 * Judges no rules (password-rules.ts) and knows no users.
 */
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { normalizedText } from '../core/text/normalized-text.ts';
import { PASSWORD_LENGTH_MAX } from './password-rules.ts';
import { createWorkQueue } from './work-queue.ts';

/** OWASP's second choice for argon2id: 19 MiB, two passes, one lane. `memory` in KiB. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

/**
 * Hashes under way at once, because each holds a thread of the pool that files and name look-ups need too;
 * and how many may wait, so that a flood of sign-ins cannot queue minutes of work.
 */
const withTurn = createWorkQueue(2, 200);

function derive(parameters: Argon2Parameters): Promise<Buffer> {
  return withTurn(
    () =>
      new Promise((resolve, reject) =>
        argon2('argon2id', parameters, (error, tag) => (error ? reject(error) : resolve(tag))),
      ),
  );
}

/** No password is longer, in UTF-16 code units: what is, matches none. */
const PASSWORD_UNITS_MAX = 2 * PASSWORD_LENGTH_MAX;

/** The same password typed on another keyboard is the same bytes (NFKC, as NIST SP 800-63B asks). */
const bytesOf = (password: string) =>
  Buffer.from(normalizedText(password, 'NFKC', PASSWORD_UNITS_MAX) ?? '', 'utf8');

const unpadded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

/** `$argon2id$v=19$m=…,t=…,p=…$salt$tag`, under a new random salt each time. @throws WorkQueueFullError */
export async function hashPassword(password: string): Promise<string> {
  if (password.length > PASSWORD_UNITS_MAX) throw new RangeError('The password is too long.');
  const salt = randomBytes(SALT_BYTES);
  const tag = await derive({ message: bytesOf(password), nonce: salt, tagLength: TAG_BYTES, ...COST });
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${unpadded(salt)}$${unpadded(tag)}`;
}

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/;

/**
 * Whether `password` is the one behind `phc`, compared in constant time. Reads the cost from the string, so
 * that hashes made under an earlier cost go on working. A string that is no argon2id hash matches nothing.
 */
export async function verifyPassword(phc: string, password: string): Promise<boolean> {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(phc) ?? [];
  if (!memory || !passes || !parallelism || !salt || !tag) return false;
  const expected = Buffer.from(tag, 'base64');
  const actual = await derive({
    message: bytesOf(password),
    nonce: Buffer.from(salt, 'base64'),
    tagLength: expected.length,
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
  });
  return timingSafeEqual(actual, expected) && password.length <= PASSWORD_UNITS_MAX;
}
