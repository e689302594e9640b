/** Tells a database that cannot be reached from a bug: the adapters' own border, so that no driver text goes further. */

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

export function isDatabaseOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (CONNECTION_CODES.has(code)) return true;
  // PostgreSQL classes 08 (connection), 53 (resources), 57 (operator intervention), and read-only after a failover.
  if (/^(08|53|57)...$/.test(code) || code === '25006') return true;
  // A lock that was not to be had in time, and a transaction that was idle for too long: both undone.
  if (code === '55P03' || code === '25P03') return true;
  // SQLite: busy, locked, out of disk, input/output.
  if (code === 'ERR_SQLITE_ERROR' && 'errcode' in error)
    return [5, 6, 10, 13].includes(Number(error.errcode) & 0xff);
  return /^(Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|timeout expired|Query read timeout)/.test(
    error.message,
  );
}
