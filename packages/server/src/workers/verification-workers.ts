/** The workers of a configuration: processes that answer its verification listener. What they do there is startWorker's, in main.ts. */
import { chmodSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { removeStaleSocket } from '../http/listen.ts';
import { realTimer } from './messages.ts';
import { startWorkerProcess } from './processes.ts';
import { createWorkers, type Workers } from './supervisor.ts';

/**
 * Call before the process narrows its umask: a socket file gets the mode that the operator's umask gives it. Starts nothing yet.
 * @throws ListenError if the path of a socket is somebody's file
 */
export async function createVerificationWorkers(
  { workers: count, verifyListen }: Pick<Config, 'workers' | 'verifyListen'>,
  log: Logger,
): Promise<Workers> {
  await removeStaleSocket(verifyListen, 'LENCANA_VERIFY_LISTEN');
  const socketMode = 0o777 & ~process.umask();
  return createWorkers({
    count,
    log,
    clock: Date.now,
    timer: realTimer,
    portIsChosen: verifyListen.kind === 'tcp' && verifyListen.port === 0,
    start: (port) =>
      startWorkerProcess(
        port !== null && verifyListen.kind === 'tcp'
          ? { LENCANA_VERIFY_LISTEN: `${bracketed(verifyListen.host)}:${port}` }
          : {},
      ),
    onReady: () => {
      if (verifyListen.kind === 'unix') chmodSync(verifyListen.path, socketMode);
    },
  });
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host);
