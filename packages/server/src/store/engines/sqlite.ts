/**
 * The embedded engine: one SQLite file in write-ahead mode, every commit flushed to disk (`synchronous=FULL`).
 * Kysely works on one connection; syncs and loads read on others of their own. Waiting for another process's lock never blocks the
 * thread: neither an open transaction here nor one of the command line's delays a verdict.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  type SqliteDatabase,
  SqliteDialect,
} from 'kysely';
import { applyMigrations, type MigrationTarget } from './migrate.ts';
import type { Database } from './schema.ts';
import { bindable } from './sqlite-parameters.ts';
import { openSqliteReading } from './sqlite-reading.ts';

/** How long, in milliseconds, a writer waits for another process (the command line beside a running server). */
const BUSY_TIMEOUT_MS = 5000;
/** How long, in milliseconds, between two looks whether the other process is done. */
const BUSY_PAUSE_MS = 10;
/** Reads wait on the thread: no longer than this, in milliseconds. */
const READ_TIMEOUT_MS = 250;
/**
 * What a reader keeps of the file. Not more, and nothing of it mapped: whatever anybody writes voids it all, and a map has to be built
 * anew page by page, which takes twice as long as to read the pages.
 */
const READ_CACHE_KIB = 16 * 1024;

export type SqliteEngine = {
  readonly kysely: Kysely<Database>;
  /** Its commits do not wait for the disk, which would hold up the thread: for what may be lost with the power. */
  readonly unsynced: Kysely<Database>;
  /** For reads that may take long: in a thread of its own. */
  readonly reading: Kysely<Database>;
  /** A connection for prepared statements that only read, which its opener closes. */
  readonly openReader: () => DatabaseSync;
  readonly migrate: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Opens (and creates) the file. @throws Error of node:sqlite if it is not a database or cannot be opened */
export function openSqlite(file: string): SqliteEngine {
  const writer = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  writer.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;');
  const kysely = new Kysely<Database>({ dialect: new PatientDialect({ database: forKysely(writer) }) });
  const unsynced = new Kysely<Database>({
    dialect: new PatientDialect({
      database: async () => {
        const hasty = new DatabaseSync(file, { timeout: 0 });
        // The next commit of the other connection flushes what this one has written, too.
        hasty.exec('PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
        return forKysely(hasty);
      },
    }),
  });
  const reading = openSqliteReading(file);
  return {
    kysely,
    unsynced,
    reading: reading.kysely,
    openReader: () => openSqliteReader(file),
    migrate: async () => {
      await applyMigrations(migrationTarget(writer));
      // From here on there may be requests to answer meanwhile: see PatientConnection.
      writer.exec('PRAGMA busy_timeout = 0');
    },
    close: async () => {
      await reading.close();
      await unsynced.destroy();
      await kysely.destroy();
      if (writer.isOpen) writer.close();
    },
  };
}

/** A read waits for nobody in write-ahead mode, but for somebody who is repairing the file after a crash. */
function openSqliteReader(file: string): DatabaseSync {
  const reader = new DatabaseSync(file, { timeout: READ_TIMEOUT_MS, readOnly: true });
  reader.exec(`PRAGMA cache_size = -${READ_CACHE_KIB}`);
  return reader;
}

/** Kysely's dialect for SQLite, but for how it waits. */
class PatientDialect extends SqliteDialect {
  override createDriver(): Driver {
    const driver = super.createDriver();
    const acquire = driver.acquireConnection.bind(driver);
    driver.acquireConnection = async (options) => new PatientConnection(await acquire(options));
    return driver;
  }
}

/**
 * Tries again, with pauses in which others are answered, while another process holds the write lock. Only a statement that did
 * nothing yet can find it held: `begin immediate`, or a single statement outside a transaction.
 */
class PatientConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection;

  constructor(connection: DatabaseConnection) {
    this.#connection = connection;
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    for (const endMs = performance.now() + BUSY_TIMEOUT_MS; ; await delay(BUSY_PAUSE_MS)) {
      try {
        return await this.#connection.executeQuery<Row>(query);
      } catch (error) {
        // A full disk may have rolled back already; what failed first is what is told.
        if (query.sql === 'rollback') return { rows: [] };
        if (!isBusy(error) || performance.now() > endMs) throw error;
      }
    }
  }

  streamQuery<Row>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<Row>> {
    return this.#connection.streamQuery<Row>(query, chunkSize);
  }
}

/** SQLITE_BUSY, in its extended forms too. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5;
}

/** node:sqlite in the shape that Kysely's dialect takes. */
function forKysely(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (sql) => {
      // A transaction that reads before it writes would fail at once, not wait, if another process wrote in between.
      const begins = sql === 'begin';
      // Left open by a rollback that failed.
      if (begins && database.isTransaction) database.exec('ROLLBACK');
      const statement = database.prepare(begins ? 'begin immediate' : sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...bindable(parameters)),
        run: (parameters) => statement.run(...bindable(parameters)),
        iterate: (parameters) => statement.iterate(...bindable(parameters)),
      };
    },
  };
}

function migrationTarget(database: DatabaseSync): MigrationTarget {
  return {
    dialect: 'sqlite',
    begin: async () => database.exec('BEGIN IMMEDIATE'),
    run: async (sql) => database.exec(sql),
    prepare: async () => {
      database.exec('CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY)');
      const columns = database.prepare("SELECT name FROM pragma_table_info('schema_migrations')").all();
      if (columns.some(({ name }) => name === 'breaking')) return;
      database.exec('ALTER TABLE schema_migrations ADD COLUMN breaking INTEGER NOT NULL DEFAULT 0');
    },
    applied: async () =>
      database
        .prepare('SELECT name, breaking FROM schema_migrations ORDER BY name')
        .all()
        .map((row) => ({ name: String(row.name), breaking: row.breaking !== 0 })),
    record: async ({ name, breaking }) => {
      database
        .prepare('INSERT INTO schema_migrations (name, breaking) VALUES (?, ?)')
        .run(name, breaking ? 1 : 0);
    },
    commit: async () => database.exec('COMMIT'),
    rollback: async () => database.exec('ROLLBACK'),
  };
}
