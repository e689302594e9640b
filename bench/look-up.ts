/**
 * The least that a token costs which is not in the cache: the same statement on the same file, prepared, in a process that does nothing
 * else at that moment.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readKeysFile } from '../packages/server/src/keys/keys.ts';
import { LOAD } from '../packages/server/src/store/authority/sqlite-source.ts';

/** As many as the server takes together when all connections of the load ask at once. */
const together = 64;

/** Microseconds for one token: each of a file is looked up once. @throws Error if one is not there */
export function lookUpUs(dataDir: string, secretsFile: string): number {
  const keys = readKeysFile(join(dataDir, 'keys.json'), false);
  const digests = readFileSync(secretsFile, 'utf8')
    .trim()
    .split('\n')
    .map((secret) => keys.digestsOfHash(createHash('sha256').update(secret).digest())[0]?.digest ?? null);
  const database = new DatabaseSync(join(dataDir, 'lencana.db'), { readOnly: true });
  try {
    const statement = database.prepare(LOAD);
    statement.setReturnArrays(true);
    const startedAtMs = performance.now();
    for (let at = 0; at < digests.length; at += together) {
      database.exec('BEGIN');
      for (const digest of digests.slice(at, at + together)) {
        if (!statement.get(digest)) throw new Error('a token is not in the database');
      }
      database.exec('COMMIT');
    }
    return ((performance.now() - startedAtMs) * 1000) / digests.length;
  } finally {
    database.close();
  }
}
