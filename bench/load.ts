/**
 * Asks one question over and over on connections that stay open, each with one request under way. Lean enough that
 * the server and not this is what is measured: it reads of an answer its status and its end, and takes answers
 * without a body only.
 */
import { connect, type Socket } from 'node:net';
import { median } from './row.ts';

export type Load = { readonly perSecond: number; readonly medianMs: number };

const answered = Buffer.from('HTTP/1.1 200');
const end = Buffer.from('\r\n\r\n');

/** Rejects on the first answer other than 200. */
export async function loadFor(
  url: URL,
  headers: Record<string, string>,
  { connections, ms }: { connections: number; ms: number },
): Promise<Load> {
  const lines = Object.entries({ host: url.host, ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const question = Buffer.from(`GET ${url.pathname} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const sockets = await Promise.all(Array.from({ length: connections }, () => opened(url)));
  const tookMs: number[] = [];
  const startedAtMs = performance.now();
  await Promise.all(sockets.map((socket) => repeat(socket, question, startedAtMs + ms, tookMs)));
  const seconds = (performance.now() - startedAtMs) / 1000;
  for (const socket of sockets) socket.destroy();
  return { perSecond: tookMs.length / seconds, medianMs: median(tookMs) };
}

function opened(url: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname, () => resolve(socket));
    socket.setNoDelay(true).once('error', reject);
  });
}

function repeat(socket: Socket, question: Buffer, untilMs: number, tookMs: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let askedAtMs = performance.now();
    let pending: Buffer = Buffer.alloc(0);
    socket.once('error', reject).once('close', () => reject(new Error('the server hung up')));
    socket.on('data', (part: Buffer) => {
      pending = pending.length === 0 ? part : Buffer.concat([pending, part]);
      if (pending.indexOf(end) < 0) return;
      if (pending.compare(answered, 0, answered.length, 0, answered.length) !== 0) {
        return reject(new Error(`answered: ${pending.toString('latin1', 0, 40)}`));
      }
      pending = Buffer.alloc(0);
      const now = performance.now();
      tookMs.push(now - askedAtMs);
      if (now >= untilMs) return resolve();
      askedAtMs = now;
      socket.write(question);
    });
    socket.write(question);
  });
}
