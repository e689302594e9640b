/**
 * Binds a listener before anything answers on it, so that a free port (0) is known to those who build links with it. With a
 * certificate it speaks TLS.
 */

import { lstatSync, unlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { ListenAddress } from '../config/readers.ts';
import type { ListenerCertificate } from './certificate.ts';
import { type ConnectionLimits, limitConnections, timeLimits } from './connection-limits.ts';

export type Binding = AsyncDisposable & {
  readonly server: Server;
  /** `http://host:port`, `https://host:port` or `unix:/path`. */
  readonly url: string;
  readonly port: number | null;
  /** Answers what is under way and closes; a second call waits for the same end. */
  readonly close: () => Promise<void>;
};

/** The address cannot be had; the message says which setting to change. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** How long, in milliseconds, requests under way may take to end when the listener closes: less than supervisors wait. */
const DRAIN_MS = 8000;
/** How often, in milliseconds, a closing listener looks for connections that have become idle. */
const IDLE_MS = 50;

/** Where nothing else is set. */
const LIMITS: ConnectionLimits = { connectionsMax: 4000, keepAliveSeconds: 130 };

/**
 * @param certificate null: plain HTTP. Else the server takes each renewal of it for connections that come from then on.
 * @param sharing whether several processes share the socket: then a file left over is not for each of them to take away
 * @throws ListenError
 */
export async function bind(
  address: ListenAddress,
  setting: string,
  certificate: ListenerCertificate | null = null,
  sharing: 'alone' | 'shared' = 'alone',
  limits: ConnectionLimits = LIMITS,
): Promise<Binding> {
  const server = certificate ? tlsServer(certificate, limits) : createServer(timeLimits(limits));
  limitConnections(server, limits);
  const dropHeld = holdUntilAnswered(server);
  if (sharing === 'alone') await removeStaleSocket(address, setting);
  await listen(server, address, setting);
  const at = server.address();
  const port = at !== null && typeof at === 'object' ? at.port : null;
  let draining: Promise<void> | null = null;
  const close = () => {
    dropHeld();
    draining ??= drain(server);
    return draining;
  };
  return {
    server,
    port,
    url: urlOf(address, port, certificate ? 'https' : 'http'),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** How long, in milliseconds, a client may take to shake hands. */
const HANDSHAKE_MS = 10_000;

function tlsServer(certificate: ListenerCertificate, limits: ConnectionLimits): Server {
  const server = createTlsServer({
    ...timeLimits(limits),
    handshakeTimeout: HANDSHAKE_MS,
    ...certificate.current(),
  });
  certificate.onRenewal((renewed) => server.setSecureContext(renewed));
  return server;
}

function urlOf(address: ListenAddress, port: number | null, scheme: 'http' | 'https'): string {
  if (address.kind === 'unix') return `unix:${address.path}`;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${scheme}://${host}:${port}`;
}

function listen(server: Server, address: ListenAddress, setting: string): Promise<void> {
  const shown = address.kind === 'unix' ? address.path : `${address.host}:${address.port}`;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new ListenError(whyNot(error, shown, setting))),
    );
    server.listen(
      address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port },
      () => {
        server.removeAllListeners('error');
        resolve();
      },
    );
  });
}

/**
 * Keeps requests that come before there is anybody to answer them; the first to listen for requests gets them all. Returns how
 * to drop them where nobody will.
 */
function holdUntilAnswered(server: Server): () => void {
  const held: [IncomingMessage, ServerResponse][] = [];
  let dropping = false;
  const hold = (...early: [IncomingMessage, ServerResponse]) => {
    if (dropping) early[1].destroy();
    else held.push(early);
  };
  const handOver = (event: string) => {
    if (event !== 'request' || dropping) return;
    server.off('request', hold).off('newListener', handOver);
    queueMicrotask(() => {
      for (const early of held.splice(0)) server.emit('request', ...early);
    });
  };
  server.on('request', hold).on('newListener', handOver);
  return () => {
    dropping = true;
    for (const [, response] of held.splice(0)) response.destroy();
  };
}

function whyNot(error: NodeJS.ErrnoException, shown: string, setting: string): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `${shown} is in use by another program. Stop it, or set ${setting} to another address.`;
    case 'EACCES':
      return `${shown} may not be opened by this user. Set ${setting} to another address.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${shown} is no address of this machine. Set ${setting} to one.`;
    default:
      return `${shown} cannot be listened on (${error.code ?? error.message}). Check ${setting}.`;
  }
}

/** A socket file that nobody answers on is left over from a killed process. What is no socket is somebody's file and stays. */
export async function removeStaleSocket(address: ListenAddress, setting: string): Promise<void> {
  if (address.kind !== 'unix') return;
  const { path } = address;
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there && !there.isSocket()) {
    throw new ListenError(`${path} is there already and is no socket. Set ${setting} to another path.`);
  }
  await new Promise<void>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve();
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') unlinkSync(path);
      resolve();
    });
  });
}

/** Answers what comes on connections that are open and ends each with its next answer, or once nothing is asked on it. */
function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const forced = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    // A connection that is asked on ends with its next answer, which says so; one that is not, as soon as its answer is out.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_MS);
    server.prependListener('request', (_request, response) => {
      response.shouldKeepAlive = false;
    });
    server.close(() => {
      clearTimeout(forced);
      clearInterval(idle);
      resolve();
    });
  });
}
