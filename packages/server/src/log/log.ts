/** The log: JSON lines on standard error, with what looks like a secret masked, whoever wrote it there. Stdout is for what scripts read. */
import { type Logger, pino } from 'pino';
import { createSecretMask } from './secret-mask.ts';
import { standardError } from './standard-error.ts';

/** @param prefix of this deployment's secrets */
export function createLog(level: string, prefix: string): Logger {
  const mask = createSecretMask(prefix);
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write: (line) => standardError.write(mask(line)) },
  );
}
