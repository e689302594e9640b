/**
 * Reads of the embedded engine that may take long (lists, which grow with what people keep), in a thread of their own: the thread that
 * verifies goes on meanwhile. Reads only; each query sees what was committed before it began.
 */
import type { SQLInputValue } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { Refusal } from '../../core/refusal.ts';
import type { Database } from './schema.ts';
import { bindable } from './sqlite-parameters.ts';

/** What is asked of the thread, and what it tells. */
export type Asked = { readonly id: number; readonly sql: string; readonly parameters: SQLInputValue[] };
export type Told = { readonly id: number } & (
  | { readonly rows: unknown[] }
  | { readonly failure: { message: string; code: string | undefined; errcode: number | undefined } }
);

/** How many queries may wait for the thread: one more is refused at once. */
const WAITING_MAX = 100;
/** How long, in milliseconds, the thread may be busy with a query before it is ended, and with it what waits. */
const QUERY_MS_MAX = 10_000;
const READ_TIMEOUT_MS = 250;
const CACHE_KIB = 16 * 1024;

type Waiting = { readonly resolve: (rows: unknown[]) => void; readonly reject: (error: Error) => void };

export type SqliteReading = { readonly kysely: Kysely<Database>; readonly close: () => Promise<void> };

/** Starts no thread before the first query. */
export function openSqliteReading(file: string): SqliteReading {
  const thread = createThread(file);
  const connection: DatabaseConnection = {
    executeQuery: async <Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> => ({
      rows: (await thread.ask(sql, bindable(parameters))) as Row[],
    }),
    streamQuery: onlyReads,
  };
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: onlyReads,
    commitTransaction: onlyReads,
    rollbackTransaction: onlyReads,
    releaseConnection: async () => {},
    destroy: thread.close,
  };
  const kysely = new Kysely<Database>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new QueueingAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (database) => new SqliteIntrospector(database),
    },
  });
  return { kysely, close: thread.close };
}

/** The queue is the thread's, which is bounded: Kysely's own would be another one before it, without an end. */
class QueueingAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

const onlyReads = (): never => {
  throw new Error('This connection is for queries that only read.');
};

function createThread(file: string) {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let asked = 0;
  let watch: NodeJS.Timeout | undefined;

  function start(): Worker {
    const started = new Worker(new URL('./sqlite-reading-thread.ts', import.meta.url), {
      workerData: { file, timeoutMs: READ_TIMEOUT_MS, cacheKib: CACHE_KIB },
    });
    started.on('message', hear);
    started.on('error', (error) => end(started, error as Error));
    started.on('exit', () => end(started, busy()));
    started.unref();
    return started;
  }

  function hear(told: Told): void {
    const heard = waiting.get(told.id);
    waiting.delete(told.id);
    watchNext();
    if ('rows' in told) heard?.resolve(told.rows);
    else heard?.reject(Object.assign(new Error(told.failure.message), told.failure));
  }

  /** The clock starts anew with each query that the thread takes up. */
  function watchNext(): void {
    clearTimeout(watch);
    if (waiting.size === 0) return;
    watch = setTimeout(() => void worker?.terminate(), QUERY_MS_MAX);
    watch.unref();
  }

  function end(ended: Worker, why: Error): void {
    if (worker !== ended) return;
    worker = null;
    clearTimeout(watch);
    for (const { reject } of waiting.values()) reject(why);
    waiting.clear();
  }

  return {
    ask: (sql: string, parameters: SQLInputValue[]): Promise<unknown[]> => {
      if (waiting.size >= WAITING_MAX) return Promise.reject(busy());
      worker ??= start();
      const id = ++asked;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        if (waiting.size === 1) watchNext();
        worker?.postMessage({ id, sql, parameters } satisfies Asked);
      });
    },
    close: async () => {
      await worker?.terminate();
    },
  };
}

const busy = () =>
  new Refusal(
    'unavailable',
    'Too much is being listed right now. Nothing was changed. Try again in a moment.',
  );
