/** The thread of sqlite-reading.ts: runs one query after the other on a connection that only reads. */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { Asked, Told } from './sqlite-reading.ts';

const { file, timeoutMs, cacheKib } = workerData as { file: string; timeoutMs: number; cacheKib: number };
const reader = new DatabaseSync(file, { timeout: timeoutMs, readOnly: true });
reader.exec(`PRAGMA cache_size = -${cacheKib}`);

function answered({ id, sql, parameters }: Asked): Told {
  try {
    // Rows as plain objects: those of the engine have no prototype, which a message gives them anyway.
    return { id, rows: reader.prepare(sql).all(...parameters) };
  } catch (error) {
    const { message, code, errcode } = error as Error & { code?: string; errcode?: number };
    return { id, failure: { message, code, errcode } };
  }
}

parentPort?.on('message', (asked: Asked) => parentPort?.postMessage(answered(asked)));
