/**
 * Tells a database that cannot do its work from a bug: the adapters' own border, so that no driver's text goes further. What failed
 * may pass by itself; what was asked for is refused meanwhile, by a code that says which it is.
 */
import { Refusal } from '../../core/refusal.ts';

export type Outage = 'storage_full' | 'storage_read_only' | 'unavailable';

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
const OUTAGE_BY_CODE: Readonly<Record<string, Outage>> = {
  ENOSPC: 'storage_full',
  EDQUOT: 'storage_full',
  EFBIG: 'storage_full',
  EROFS: 'storage_read_only',
  // PostgreSQL: disk full, and read-only (a standby, a fenced primary, default_transaction_read_only).
  53100: 'storage_full',
  25006: 'storage_read_only',
  // A lock that was not to be had in time, and a transaction that was idle for too long: both undone.
  '55P03': 'unavailable',
  '25P03': 'unavailable',
};
/** By SQLite's primary result code: busy, locked, read-only, input/output, full, cannot open. */
const OUTAGE_BY_SQLITE: Readonly<Record<number, Outage>> = {
  5: 'unavailable',
  6: 'unavailable',
  8: 'storage_read_only',
  10: 'unavailable',
  13: 'storage_full',
  14: 'unavailable',
};
const DRIVER_WORDS =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|Query read timeout|Postgres connection has been discarded)/;

/** null: it is a bug. */
export function outageOf(error: unknown): Outage | null {
  if (error instanceof SuppressedError) return outageOf(error.suppressed);
  if (!(error instanceof Error)) return null;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (code === 'ERR_SQLITE_ERROR' && 'errcode' in error) {
    return OUTAGE_BY_SQLITE[Number(error.errcode) & 0xff] ?? null;
  }
  const known = OUTAGE_BY_CODE[code];
  if (known !== undefined) return known;
  // PostgreSQL classes 08 (connection), 53 (resources), 57 (operator intervention), 58 (system).
  if (CONNECTION_CODES.has(code) || /^(08|53|57|58)...$/.test(code)) return 'unavailable';
  return DRIVER_WORDS.test(error.message) ? 'unavailable' : null;
}

export const isDatabaseOutage = (error: unknown): boolean => outageOf(error) !== null;

const DETAILS: Readonly<Record<Outage, string>> = {
  storage_full: 'The storage of this service is full, so nothing was changed. The operator has to make room.',
  storage_read_only: 'The storage of this service cannot be written right now, so nothing was changed.',
  unavailable:
    'The database cannot be reached right now. Look whether the change was made before you try it again.',
};

/** What whoever asked is told; null: it is a bug. */
export function outageRefusal(error: unknown): Refusal | null {
  const outage = outageOf(error);
  return outage === null ? null : new Refusal(outage, DETAILS[outage]);
}
