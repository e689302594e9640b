/**
 * `lencana serve`: runs until SIGTERM or SIGINT, then lets requests under way end, writes what is in memory and exits 0. SIGHUP has
 * certificate files read again, where there are any.
 */
import type { Logger } from 'pino';
import { type Config, readConfig } from '../config.ts';
import { createLog } from '../log/log.ts';
import { standardError } from '../log/standard-error.ts';
import { type RunningServer, startServer, startWorker } from '../main.ts';
import { linkToFirst } from '../workers/processes.ts';
import type { WorkerLink } from '../workers/worker-link.ts';
import { explain } from './explain.ts';

/** How long the end waits for who reads the log, in milliseconds. */
const LAST_LINES_MS = 1000;

export type ServeOptions = { readonly workers?: number };

export async function serve(options: ServeOptions): Promise<void> {
  const link = linkToFirst();
  if (link) return serveAsWorker(link);
  const read = readConfig();
  const config = { ...read, workers: options.workers ?? read.workers };
  const log = createLog(config.logLevel, config.tokenPrefix);
  outliveReaders(log);
  await serveUntilStopped(config, log);
  log.info('stopped');
  await standardError.flush(LAST_LINES_MS);
}

async function serveUntilStopped(config: Config, log: Logger): Promise<void> {
  await using server = await startServer(config, log);
  const { publicUrl, verificationUrl } = server;
  // Heard before anybody is told that it runs: a supervisor may stop it in that very moment.
  const stopped = stopSignal();
  if (config.tls || config.verifyTls) process.on('SIGHUP', server.renewCertificates);
  const setUpUrl = await server.accounts.setUpUrl();
  welcome(server, config.portalName, setUpUrl);
  if (setUpUrl !== null) say({ event: 'set_up', url: setUpUrl });
  say({ event: 'listening', public: publicUrl, verification: verificationUrl });
  await stopped;
  log.info('stopping');
}

/** Says nothing on standard output: the first process does, when all answer. Signals that the whole group gets are as good as its word. */
async function serveAsWorker(link: WorkerLink): Promise<void> {
  const stopped = Promise.race([stopSignal(), new Promise<void>(link.onStop)]);
  try {
    const config = readConfig();
    const log = createLog(config.logLevel, config.tokenPrefix).child({ worker: link.worker });
    outliveReaders(log);
    const worker = await startWorker(config, log, link);
    link.onRenew(worker.renewCertificates);
    if (config.verifyTls) process.on('SIGHUP', worker.renewCertificates);
    link.ready(worker.url, worker.port);
    await stopped;
    await worker[Symbol.asyncDispose]();
    await standardError.flush(LAST_LINES_MS);
    process.exit();
  } catch (error) {
    await link.failed(explain(error));
    process.exit(1);
  }
}

/** One line of standard output, for whatever started it. */
function say(event: Readonly<Record<string, string>>): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

/**
 * A server goes on when nobody reads what it writes any more, and waits for no reader: Node's own streams would end it or hold it up.
 * Call before anything is written.
 */
function outliveReaders(log: Logger): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners('error').on('error', () => {});
  }
  process.removeAllListeners('warning').on('warning', ({ name, message }) => log.warn({ name }, message));
  process.once('exit', standardError.flushNow);
}

/** Where to go, for the person who started it. */
function welcome(server: RunningServer, portalName: string, setUpUrl: string | null): void {
  const lines = [
    `${portalName} is ready.`,
    `  Portal        ${server.publicUrl}`,
    `  Verification  ${server.verificationUrl}${server.verificationUrl.startsWith('unix:') ? '' : '/verify'}`,
  ];
  if (setUpUrl !== null) {
    lines.push(
      `  First start   Open this link to make the first administrator. It works once:`,
      `                ${setUpUrl}`,
    );
  }
  standardError.write(`${lines.join('\n')}\n`);
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
