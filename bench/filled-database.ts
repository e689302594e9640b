/**
 * A SQLite database with any number of tokens, filled while no server runs. Most secrets are nobody's: random digests. Those
 * that are asked about are real ones, digested as the server digests them and spread evenly among the others. Triggers and
 * indexes are taken off for the filling and put back as they were, so neither the trail nor the log of changes grows
 * by it.
 */
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { generateSecret } from '@lencana/verifier/node';
import { readKeysFile } from '../packages/server/src/keys/keys.ts';

export type Filling = {
  /** Of a server that is stopped. */
  readonly dataDir: string;
  /** How many tokens there are then, a hundred of each holder. */
  readonly tokens: number;
  /** Real secrets, in files of so many with one on each line. */
  readonly secretFiles: readonly { readonly file: string; readonly secrets: number }[];
};

const tokensOfHolder = 100;
/** A version 4 UUID in form. */
const holderId = (number: string) =>
  `printf('%08x-7c1e-4b5a-9d2f-%012x', (${number}) * 2654435761 % 4294967296, ${number})`;
const holderName = (number: string) => `printf('Holder %07d', ${number})`;
/** A prime: the order in which the real ones are asked about is not the order in which they are stored. */
const STRIDE = 7919;
const createdAtMs = Date.parse('2026-01-01T00:00:00Z');

export function fillDatabase({ dataDir, tokens, secretFiles }: Filling): void {
  const file = join(dataDir, 'lencana.db');
  const database = new DatabaseSync(file, { enableForeignKeyConstraints: false });
  database.exec(`
    PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
    PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -1000000;
  `);
  const removed = takeOff(database);
  const keyVersion = addKnown(database, dataDir, tokens, secretFiles);
  const numbers = (count: number) =>
    `WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers LIMIT ${count})`;
  database.exec(`
    ${numbers(Math.ceil(tokens / tokensOfHolder))}
    INSERT INTO users (id, name, email, created_at, updated_at)
    SELECT ${holderId('n')}, ${holderName('n')}, printf('holder-%07d@mail.id', n), '2026-01-01', '2026-01-01'
    FROM numbers;

    ${numbers(tokens)}
    INSERT INTO tokens (id, organization_id, holder_id, name, name_key, masked, created_at_ms)
    SELECT printf('tok_%022d', n), 'default', ${holderId(`n / ${tokensOfHolder}`)},
      printf('Deployment %02d', n % ${tokensOfHolder}), printf('deployment %02d', n % ${tokensOfHolder}),
      'cldkctl_…0000', ${createdAtMs} + n
    FROM numbers;

    -- In the order of its primary key: written from front to end.
    ${numbers(tokens)}
    INSERT INTO token_secrets (digest, key_version, token_id, created_at_ms)
    SELECT coalesce(known.digest, randomblob(32)) AS digest, ${keyVersion}, printf('tok_%022d', numbers.n),
      ${createdAtMs} + numbers.n
    FROM numbers LEFT JOIN known ON known.n = numbers.n ORDER BY 1;
  `);
  for (const sql of removed) database.exec(sql);
  database.close();
  // What the kernel has not written yet it would write while the server is measured.
  const descriptor = openSync(file, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Gives the statements that put everything back. */
function takeOff(database: DatabaseSync): string[] {
  const objects = database
    .prepare(
      `SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND (type = 'trigger'
         OR (type = 'index' AND tbl_name IN ('users', 'tokens', 'token_secrets'))) ORDER BY type, name`,
    )
    .all() as { type: string; name: string; sql: string }[];
  for (const { type, name } of objects) database.exec(`DROP ${type} "${name}"`);
  return objects.map(({ sql }) => sql);
}

/** Gives the version of the key under which they are digested. */
function addKnown(
  database: DatabaseSync,
  dataDir: string,
  tokens: number,
  secretFiles: Filling['secretFiles'],
): number {
  const keys = readKeysFile(join(dataDir, 'keys.json'), false);
  const known = secretFiles.reduce((sum, { secrets }) => sum + secrets, 0);
  if (known > tokens) throw new RangeError('More secrets than tokens.');
  database.exec('CREATE TEMP TABLE known (n INTEGER PRIMARY KEY, digest BLOB NOT NULL)');
  const add = database.prepare('INSERT INTO known (n, digest) VALUES (?, ?)');
  let version = 0;
  let at = 0;
  database.exec('BEGIN');
  for (const { file, secrets } of secretFiles) {
    const lines = Array.from({ length: secrets }, () => {
      const secret = generateSecret();
      const { digest, keyVersion } = keys.current(secret);
      version = keyVersion;
      add.run(Math.floor((((at++ * STRIDE) % known) * tokens) / known), digest);
      return secret.reveal();
    });
    writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  }
  database.exec('COMMIT');
  return version;
}
