/** One plain sentence for what stopped a command: known errors say it themselves, a database that cannot be reached is named, the rest is a bug. */
import { outageOf } from '../store/engines/outage.ts';
import { explainPostgres } from '../store/engines/postgres-faults.ts';

const SAID_BY_THEMSELVES = new Set([
  'AccountsConfigError',
  'CertificateError',
  'ConfigError',
  'DataDirectoryError',
  'DatabaseUnfitError',
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
  const code = 'code' in error ? String(error.code) : '';
  const postgres = explainPostgres(error);
  if (postgres !== null) return postgres;
  const outage = outageOf(error);
  if (code === 'ERR_SQLITE_ERROR') {
    const remedy =
      outage === 'storage_full'
        ? 'Make room on its disk'
        : 'Check LENCANA_DATA_DIR, its permissions and that its disk can be written';
    return `The database file cannot be used (${error.message}). ${remedy}.`;
  }
  if (['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOENT', 'EISDIR', 'ENOTDIR'].includes(code)) {
    return `${error.message}. Check the file or directory, its permissions and its disk.`;
  }
  if (outage !== null) {
    return `The database cannot be reached (${error.message}). Check LENCANA_DATABASE_URL and that it runs.`;
  }
  return `Unexpected: ${error.stack ?? error.message}`;
}

/** What failed first: a clean-up that fails after it carries it along. */
export function firstFailure(error: unknown): unknown {
  return error instanceof SuppressedError ? firstFailure(error.suppressed) : error;
}
