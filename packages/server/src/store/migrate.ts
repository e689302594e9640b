/**
 * Applies the SQL files of `migrations/<engine>` in order, all in one transaction under the engine's write lock: a node that
 * starts beside others applies each once, and one that dies half way has applied none. Migrations import no code. A file named
 * `….breaking.sql` makes programs that do not know it refuse to start; any other may be met by an older program, which runs on.
 */
import { readdirSync, readFileSync } from 'node:fs';

export type Dialect = 'sqlite' | 'postgres';

/** One connection, with the engine's way to lock others out between `begin` and `commit`. */
export type MigrationTarget = {
  readonly dialect: Dialect;
  begin(): Promise<void>;
  run(sql: string): Promise<void>;
  /** Makes the table `schema_migrations (name, breaking)`, or brings an older one to that form. */
  prepare(): Promise<void>;
  /** Names of what was applied, and which of it was breaking. */
  applied(): Promise<AppliedMigration[]>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
};

/** The database was changed by a newer version of the program in a way that this one must not run beside. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';
}

export type AppliedMigration = { readonly name: string; readonly breaking: boolean };

type Migration = AppliedMigration & { readonly sql: string };

export function migrationsOf(dialect: Dialect): Migration[] {
  const folder = new URL(`./migrations/${dialect}/`, import.meta.url);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({
      name: file.replace(/(\.breaking)?\.sql$/, ''),
      breaking: file.endsWith('.breaking.sql'),
      sql: readFileSync(new URL(file, folder), 'utf8'),
    }));
}

/** @throws NewerSchemaError if the database holds a breaking migration that this version does not know: refuse to run on it */
export async function applyMigrations(target: MigrationTarget): Promise<void> {
  const known = migrationsOf(target.dialect);
  await target.begin();
  try {
    await target.prepare();
    const applied = await target.applied();
    const unknown = applied.find(
      ({ name, breaking }) => breaking && !known.some((migration) => migration.name === name),
    );
    if (unknown) {
      throw new NewerSchemaError(
        `The database was migrated by a newer version (it holds "${unknown.name}"). Run that version, or restore a backup made before it.`,
      );
    }
    for (const { name, breaking, sql } of known) {
      if (applied.some((migration) => migration.name === name)) continue;
      await target.run(sql);
      await target.run(
        `INSERT INTO schema_migrations (name, breaking) VALUES ('${name}', ${breaking ? 1 : 0})`,
      );
    }
    await target.commit();
  } catch (error) {
    await target.rollback();
    throw error;
  }
}
