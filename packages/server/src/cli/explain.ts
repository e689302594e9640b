/** One plain sentence for what stopped a command: known errors say it themselves, a database that cannot be reached is named, the rest is a bug. */
import { isDatabaseOutage } from '../store/engines/outage.ts';

const SAID_BY_THEMSELVES = new Set([
  'AccountsConfigError',
  'CertificateError',
  'ConfigError',
  'DataDirectoryError',
  'KeysError',
  'ListenError',
  'NewerSchemaError',
  'Refusal',
  'TrustError',
  'WorkerError',
  'WrongKeyError',
]);

export function explain(failure: unknown): string {
  const error = firstFailure(failure);
  if (!(error instanceof Error)) return String(error);
  if (SAID_BY_THEMSELVES.has(error.name)) return error.message;
  if (isDatabaseOutage(error)) {
    return `The database cannot be reached (${error.message}). Check LENCANA_DATABASE_URL and that it runs.`;
  }
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ERR_SQLITE_ERROR') {
    return `The database file cannot be used (${error.message}). Check LENCANA_DATA_DIR and its permissions.`;
  }
  if (/^(28|3D)/.test(code))
    return `PostgreSQL refused the connection: ${error.message}. Check LENCANA_DATABASE_URL.`;
  if (['EACCES', 'EPERM', 'EROFS', 'ENOSPC'].includes(code))
    return `${error.message}. Check the directory and its permissions.`;
  return `Unexpected: ${error.stack ?? error.message}`;
}

/** What failed first: a clean-up that fails after it carries it along. */
export function firstFailure(error: unknown): unknown {
  return error instanceof SuppressedError ? firstFailure(error.suppressed) : error;
}
