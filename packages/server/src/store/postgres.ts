/** The engine for many nodes: PostgreSQL through a bounded pool. */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { applyMigrations, type MigrationTarget } from './migrate.ts';
import type { Database } from './schema.ts';

/** Key of the advisory lock that lets one node migrate at a time. */
const MIGRATION_LOCK = 7_305_266_001;

export type PostgresEngine = {
  readonly kysely: Kysely<Database>;
  readonly pool: pg.Pool;
  readonly migrate: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Makes the pool; connects at the first query. `onLost` hears of idle connections that broke (a restarted database). */
export function openPostgres(url: string, onLost: (error: Error) => void): PostgresEngine {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 3000,
    query_timeout: 10_000,
    statement_timeout: 9000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    types: { getTypeParser },
  });
  // The pool's own error carries the whole connection, which is not for a log.
  pool.on('error', ({ message }) => onLost(new Error(message)));
  // One that breaks while it is in use, between two queries, ends the process if nobody listens. Its next query fails.
  pool.on('connect', (client) => void client.on('error', () => {}));
  const kysely = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  return {
    kysely,
    pool,
    migrate: async () => {
      const client = await pool.connect();
      try {
        await applyMigrations(migrationTarget(client));
      } finally {
        client.release();
      }
    },
    close: () => kysely.destroy(),
  };
}

/** Counts and instants fit a double exactly, so BIGINT is read as a number. */
const getTypeParser: pg.CustomTypesConfig['getTypeParser'] = (id, format) =>
  id === pg.types.builtins.INT8 && format !== 'binary' ? Number : pg.types.getTypeParser(id, format);

function migrationTarget(client: pg.PoolClient): MigrationTarget {
  const run = async (sql: string) => {
    await client.query(sql);
  };
  return {
    dialect: 'postgres',
    begin: () => run(`BEGIN; SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`),
    run,
    applied: async () => {
      const { rows } = await client.query<{ name: string }>(
        'SELECT name FROM schema_migrations ORDER BY name',
      );
      return rows.map((row) => row.name);
    },
    commit: () => run('COMMIT'),
    rollback: () => run('ROLLBACK'),
  };
}
