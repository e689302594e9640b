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
  /** Makes `schema_migrations` as it has to be, from nothing or from its first form, which had no `breaking`. */
  prepare(): Promise<void>;
  applied(): Promise<AppliedMigration[]>;
  record(migration: AppliedMigration): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
};

/** A row of `schema_migrations`. */
export type AppliedMigration = {
  readonly name: string;
  /** No program that does not know this migration may run on the database. */
  readonly breaking: boolean;
};

/** The database was changed by a newer version of the program in a way that this one cannot live with. */
export class NewerSchemaError extends Error {
  override readonly name = 'NewerSchemaError';
}

type Migration = AppliedMigration & { readonly sql: string };

/** `0004-authority.breaking.sql` is the breaking migration `0004-authority`. */
const FILE_NAME = /^(\d{4}-[a-z0-9-]+)(\.breaking)?\.sql$/;

export function migrationsOf(dialect: Dialect): Migration[] {
  const folder = new URL(`../migrations/${dialect}/`, import.meta.url);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const [, name, breaking] = FILE_NAME.exec(file) ?? [];
      if (name === undefined) throw new Error(`${file} is no name of a migration`);
      return { name, breaking: breaking !== undefined, sql: readFileSync(new URL(file, folder), 'utf8') };
    });
}

/**
 * Additive migrations of a newer version are left as they are, so that older nodes may start again beside newer ones.
 * @throws NewerSchemaError if the database holds a breaking migration that this version does not know: refuse to run on it
 */
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
      await target.record({ name, breaking });
    }
    await target.commit();
  } catch (error) {
    // A connection that is lost rolls back by itself; what failed first is what is told.
    await target.rollback().catch(() => {});
    throw error;
  }
}
