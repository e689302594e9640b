/**
 * Applies the SQL files of `migrations/<engine>` in order, all in one transaction under the engine's write lock: a node that
 * starts beside others applies each once, and one that dies half way has applied none. Migrations import no code.
 */
import { readdirSync, readFileSync } from 'node:fs';

export type Dialect = 'sqlite' | 'postgres';

/** One connection, with the engine's way to lock others out between `begin` and `commit`. */
export type MigrationTarget = {
  readonly dialect: Dialect;
  begin(): Promise<void>;
  run(sql: string): Promise<void>;
  applied(): Promise<string[]>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
};

/** The database was written by a newer version of the program than this one. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';
}

type Migration = { readonly name: string; readonly sql: string };

export function migrationsOf(dialect: Dialect): Migration[] {
  const folder = new URL(`./migrations/${dialect}/`, import.meta.url);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({ name: file.slice(0, -4), sql: readFileSync(new URL(file, folder), 'utf8') }));
}

/** @throws NewerSchemaError if the database holds a migration that this version does not know: refuse to run on it */
export async function applyMigrations(target: MigrationTarget): Promise<void> {
  const known = migrationsOf(target.dialect);
  await target.begin();
  try {
    await target.run('CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY)');
    const applied = await target.applied();
    const unknown = applied.find((name) => !known.some((migration) => migration.name === name));
    if (unknown) {
      throw new NewerSchemaError(
        `The database was migrated by a newer version (it holds "${unknown}"). Run that version, or restore a backup made before it.`,
      );
    }
    for (const { name, sql } of known) {
      if (applied.includes(name)) continue;
      await target.run(sql);
      await target.run(`INSERT INTO schema_migrations (name) VALUES ('${name}')`);
    }
    await target.commit();
  } catch (error) {
    await target.rollback();
    throw error;
  }
}
