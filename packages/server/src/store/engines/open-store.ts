/** Opens the engine that the configuration names, and is the one place where the two differ in how they are reached. */
import type { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import type { Dialect } from './migrate.ts';
import { openPostgres } from './postgres.ts';
import type { Database } from './schema.ts';
import { openSqlite } from './sqlite.ts';

export type Store = {
  readonly dialect: Dialect;
  readonly kysely: Kysely<Database>;
  /** The same, for what may be lost with the power: on SQLite its commits do not wait for the disk. */
  readonly unsynced: Kysely<Database>;
  /** The same, for reads that may take long (lists): on SQLite in a thread of its own. No transactions. */
  readonly reading: Kysely<Database>;
  /** Where the database is, for who needs connections of their own: read-only ones (SQLite), or the address (PostgreSQL). */
  readonly driver:
    | { readonly kind: 'sqlite'; readonly openReader: () => DatabaseSync }
    | { readonly kind: 'postgres'; readonly url: string };
  readonly migrate: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type StoreLocation =
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** `onLost` hears of database connections that broke. */
export function openStore(location: StoreLocation, onLost: (error: Error) => void): Store {
  if (location.kind === 'sqlite') {
    const engine = openSqlite(location.file);
    return { ...engine, dialect: 'sqlite', driver: { kind: 'sqlite', openReader: engine.openReader } };
  }
  const engine = openPostgres(location.url, onLost);
  return {
    ...engine,
    unsynced: engine.kysely,
    reading: engine.kysely,
    dialect: 'postgres',
    driver: { kind: 'postgres', url: location.url },
  };
}
