/**
 * What every connection to PostgreSQL begins with, and which are never used again. Behind a pooler in transaction mode (PgBouncer)
 * each transaction may meet another server process: there nothing is set for a session, nothing is prepared by name and nobody
 * listens. No parameter goes with the start of a connection, because poolers refuse them.
 */
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';
import { isDatabaseOutage } from './outage.ts';

export type Limits = {
  /** How long, in milliseconds, one statement may take. */
  readonly statementMs: number;
  /** How long, in milliseconds, a transaction may wait for its next statement. */
  readonly idleInTransactionMs: number;
};

export type Greeting = {
  /** Whether the process that answers is the one that was connected to: no pooler stands between. */
  readonly direct: boolean;
};

/** Finds out who is at the other end and, where that is the server itself, sets its limits. */
export async function greet(client: pg.ClientBase, limits: Limits): Promise<Greeting> {
  const greeted = Number((client as { processID?: number | null }).processID ?? 0);
  const { rows } = await client.query<{ direct: boolean }>(
    `SELECT pg_backend_pid() = ${greeted} AS direct,
       CASE WHEN pg_backend_pid() = ${greeted} THEN set_config('statement_timeout', '${limits.statementMs}', false) END,
       CASE WHEN pg_backend_pid() = ${greeted}
         THEN set_config('idle_in_transaction_session_timeout', '${limits.idleInTransactionMs}', false) END`,
  );
  return { direct: rows[0]?.direct === true };
}

/**
 * The pool as Kysely sees it. A connection whose server answered that it is read-only, fenced, broken or gone is closed when it is
 * given back, so that the next one goes to whoever is in charge by then. A rollback that fails hides nothing: the failure before it
 * goes up, and the connection is closed, which rolls back.
 */
export function guardedPool(pool: pg.Pool, limits: Limits): PostgresPool {
  const guarded = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    connect: async () => {
      const client = await pool.connect();
      const known = guarded.get(client);
      if (known) return known;
      try {
        const { direct } = await greet(client, limits);
        const made = guard(client, direct ? null : limits);
        guarded.set(client, made);
        return made;
      } catch (error) {
        client.release(true);
        throw error;
      }
    },
    end: async () => {
      // A Kysely that was never asked anything leaves it open.
      if (!pool.ended) await pool.end();
    },
  };
}

/** @param limits to be set in each transaction; null: they hold for the connection */
function guard(client: pg.PoolClient, limits: Limits | null): PostgresPoolClient {
  let isSpoilt = false;
  const local =
    limits &&
    `SET LOCAL statement_timeout = ${limits.statementMs}; SET LOCAL idle_in_transaction_session_timeout = ${limits.idleInTransactionMs}`;
  const query = async (text: string, values?: readonly unknown[]) => {
    try {
      if (local !== null && BEGINS.test(text)) return await client.query(`${text}; ${local}`);
      return await client.query(text, values as unknown[] | undefined);
    } catch (error) {
      const isRollback = text === 'rollback';
      isSpoilt ||= isRollback || isDatabaseOutage(error);
      if (isRollback) return { command: 'ROLLBACK', rowCount: 0, rows: [] };
      throw error;
    }
  };
  return {
    query: query as unknown as PostgresPoolClient['query'],
    release: () => client.release(isSpoilt),
  };
}

const BEGINS = /^(begin|start transaction)\b/;
