/** The engine for many nodes: PostgreSQL through a bounded pool. */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { type AppliedMigration, applyMigrations, type MigrationTarget } from './migrate.ts';
import { DatabaseUnfitError } from './postgres-faults.ts';
import { guardedPool } from './postgres-pool.ts';
import type { Database } from './schema.ts';

/** Key of the advisory lock that lets one node migrate at a time. */
const MIGRATION_LOCK = 7_305_266_001;

/** A node that was stopped inside a transaction is cut off after this, in milliseconds: what it has locked is free again. */
const LIMITS = { statementMs: 4500, idleInTransactionMs: 3000 };

export type PostgresEngine = {
  readonly kysely: Kysely<Database>;
  /** What is under Kysely. */
  readonly pool: pg.Pool;
  readonly migrate: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Makes the pool; connects at the first query. `onLost` hears of connections that broke (a restarted database). */
export function openPostgres(url: string, onLost: (error: Error) => void): PostgresEngine {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 3000,
    query_timeout: 5000,
    keepAlive: true,
    types: { getTypeParser },
    Client: QuietClient,
  });
  // The pool's own error carries the whole connection, which is not for a log.
  pool.on('error', ({ message }) => onLost(new Error(message)));
  const kysely = new Kysely<Database>({ dialect: new PostgresDialect({ pool: guardedPool(pool, LIMITS) }) });
  return {
    kysely,
    pool,
    migrate: async () => {
      // On a connection of its own: a migration of a large table may take longer than any request.
      const client = new QuietClient({ connectionString: url, connectionTimeoutMillis: 3000 });
      try {
        await client.connect();
        await refuseOtherEncodings(client);
        await applyMigrations(migrationTarget(client));
      } finally {
        await client.end().catch(() => {});
      }
    },
    close: async () => {
      await kysely.destroy();
      // A Kysely that was never asked anything leaves it open.
      if (!pool.ended) await pool.end();
    },
  };
}

/**
 * A client whose connection is lost between its uses, while it connects or while its pool ends, tells of it by an event that nobody
 * may be listening to: that would end the process. Whoever waits for an answer is told by its rejection.
 */
export class QuietClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    this.on('error', () => {});
  }
}

/** Counts and instants fit a double exactly, so BIGINT is read as a number. */
export const getTypeParser: pg.CustomTypesConfig['getTypeParser'] = (id, format) =>
  id === pg.types.builtins.INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(id, format);

/** Names and texts are of all languages. @throws DatabaseUnfitError */
async function refuseOtherEncodings(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ encoding: string; name: string }>(
    "SELECT current_setting('server_encoding') AS encoding, current_database() AS name",
  );
  const [{ encoding, name } = { encoding: '', name: '' }] = rows;
  if (encoding === 'UTF8') return;
  throw new DatabaseUnfitError(
    `The database ${name} has the encoding ${encoding}, and Lencana needs UTF8: make another one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.`,
  );
}

function migrationTarget(client: pg.Client): MigrationTarget {
  const run = async (sql: string) => {
    await client.query(sql);
  };
  return {
    dialect: 'postgres',
    begin: () => run(`BEGIN; SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`),
    run,
    prepare: async () => {
      await run('CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY)');
      await run(
        'ALTER TABLE schema_migrations ADD COLUMN IF NOT EXISTS breaking BOOLEAN NOT NULL DEFAULT false',
      );
    },
    applied: async () => {
      const { rows } = await client.query<AppliedMigration>(
        'SELECT name, breaking FROM schema_migrations ORDER BY name',
      );
      return rows;
    },
    record: async ({ name, breaking }) => {
      await client.query('INSERT INTO schema_migrations (name, breaking) VALUES ($1, $2)', [name, breaking]);
    },
    commit: () => run('COMMIT'),
    rollback: () => run('ROLLBACK'),
  };
}
