/**
 * Looks for secrets in bytes, in every form in which one could have been left behind: as it is, without its
 * prefix, in UTF-16, hexadecimal and base64 at any alignment, and as its bare SHA-256, which is what an attacker
 * with the database would need. Does not look into compressed data.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Haystack = { name: string; bytes: Buffer };

/** One line for each find: where, which secret (by its label, never the secret), in which form. */
export function findSecrets(haystacks: Haystack[], secrets: Record<string, string>): string[] {
  const sought = Object.entries(secrets).flatMap(([label, secret]) =>
    formsOf(secret).map(({ form, bytes }) => ({ label, form, bytes })),
  );
  return haystacks.flatMap(({ name, bytes: hay }) =>
    sought.filter(({ bytes }) => hay.includes(bytes)).map(({ label, form }) => `${name}: ${label} (${form})`),
  );
}

/** Every regular file below a directory. A file that goes away while being read is nobody's trace. */
export function filesUnder(directory: string): Haystack[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry) => {
      const path = join(entry.parentPath, entry.name);
      try {
        return [{ name: path.slice(directory.length + 1), bytes: readFileSync(path) }];
      } catch {
        return [];
      }
    });
}

export const textHaystack = (name: string, text: string): Haystack => ({ name, bytes: Buffer.from(text) });

/** The part of a token's secret that nobody could guess; of anything else, all of it. */
export function coreOf(secret: string): string {
  return /^[A-Za-z0-9]+_([0-9A-Za-z]{26})[0-9A-Za-z]{6}$/.exec(secret)?.[1] ?? secret;
}

function formsOf(secret: string): { form: string; bytes: Buffer }[] {
  const core = Buffer.from(coreOf(secret));
  const digest = createHash('sha256').update(secret).digest();
  return [
    { form: 'as it is', bytes: core },
    { form: 'UTF-16', bytes: Buffer.from(core.toString(), 'utf16le') },
    { form: 'hexadecimal', bytes: Buffer.from(core.toString('hex')) },
    { form: 'hexadecimal, upper case', bytes: Buffer.from(core.toString('hex').toUpperCase()) },
    ...base64Forms(core),
    { form: 'its SHA-256', bytes: digest },
    { form: 'its SHA-256 in hexadecimal', bytes: Buffer.from(digest.toString('hex')) },
    { form: 'its SHA-256 in base64', bytes: Buffer.from(digest.toString('base64').slice(0, 42)) },
    { form: 'its SHA-256 in base64url', bytes: Buffer.from(digest.toString('base64url').slice(0, 42)) },
  ];
}

/** What stays the same of a base64 text whatever stands before and after the secret, at each alignment. */
function base64Forms(core: Buffer): { form: string; bytes: Buffer }[] {
  return [0, 1, 2].map((shift) => {
    const whole = core.subarray((3 - shift) % 3);
    const text = whole.subarray(0, whole.length - (whole.length % 3)).toString('base64');
    return { form: `base64, shifted by ${shift}`, bytes: Buffer.from(text) };
  });
}
