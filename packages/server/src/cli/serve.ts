/**
 * `lencana serve`: runs until SIGTERM or SIGINT, then lets requests under way end, writes what is in memory and exits 0. SIGHUP has
 * certificate files read again, where there are any.
 */
import { readConfig } from '../config.ts';
import { createLog, type RunningServer, startServer } from '../main.ts';

export async function serve(): Promise<void> {
  const config = readConfig();
  const log = createLog(config.logLevel);
  const server = await startServer(config, log);
  const { publicUrl, verificationUrl } = server;
  // Heard before anybody is told that it runs: a supervisor may stop it in that very moment.
  const stopped = stopSignal();
  if (config.tls || config.verifyTls) process.on('SIGHUP', server.renewCertificates);
  await welcome(server, config.portalName);
  process.stdout.write(
    `${JSON.stringify({ event: 'listening', public: publicUrl, verification: verificationUrl })}\n`,
  );
  await stopped;
  log.info('stopping');
  await server.stop();
  log.info('stopped');
}

/** Where to go, for the person who started it. */
async function welcome(server: RunningServer, portalName: string): Promise<void> {
  const lines = [
    `${portalName} is ready.`,
    `  Portal        ${server.publicUrl}`,
    `  Verification  ${server.verificationUrl}${server.verificationUrl.startsWith('unix:') ? '' : '/verify'}`,
  ];
  const setup = await server.accounts.setupState({ address: '127.0.0.1', forwarded: false });
  if (setup === 'loopback') {
    lines.push(
      `  First start   Open ${server.publicUrl}/sign-up on this machine: the first account becomes the administrator.`,
      `                From anywhere else it needs the set-up code: ${server.setupCode}`,
    );
  } else if (setup === 'code') {
    lines.push(
      `  First start   Open ${server.publicUrl}/sign-up: the first account becomes the administrator.`,
      `                Set-up code: ${server.setupCode}`,
    );
  }
  process.stderr.write(`${lines.join('\n')}\n`);
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
