/**
 * Asks a question over and over on connections that stay open, each with one request under way. Lean enough that the
 * server and not this is what is measured: it writes prepared bytes, and reads of an answer its status and its length.
 */
import { connect, type Socket } from 'node:net';
import { median } from './row.ts';

export type Order = {
  readonly url: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Another of these in each request, in this order, as its `Authorization`. Without: always the same request. */
  readonly authorizations?: readonly string[];
  readonly connections: number;
  /** How long to ask. Without: once for each of the authorizations. */
  readonly ms?: number;
};

export type Load = {
  readonly requests: number;
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
};

const answered = Buffer.from('HTTP/1.1 200');
const headEnd = Buffer.from('\r\n\r\n');

/** Rejects on the first answer other than 200. */
export async function load(order: Order): Promise<Load> {
  const { connections, ms, authorizations = [] } = order;
  const url = new URL(order.url);
  const question = writer(url, order);
  const sockets = await Promise.all(Array.from({ length: connections }, () => opened(url)));
  const tookMs: number[] = [];
  const startedAtMs = performance.now();
  let asked = 0;
  const isOver = (nowMs: number) =>
    ms === undefined ? asked >= authorizations.length : nowMs >= startedAtMs + ms;
  const next = (nowMs: number) =>
    isOver(nowMs) ? null : question(authorizations[asked++ % authorizations.length]);
  await Promise.all(sockets.map((socket) => repeat(socket, next, tookMs)));
  const seconds = (performance.now() - startedAtMs) / 1000;
  for (const socket of sockets) socket.destroy();
  const sorted = Float64Array.from(tookMs).sort();
  return {
    requests: tookMs.length,
    perSecond: tookMs.length / seconds,
    medianMs: median(sorted),
    p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
  };
}

/** The request's bytes, made once where nothing in them changes. */
function writer(url: URL, { method = 'GET', headers = {}, body = '', authorizations }: Order) {
  const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const lines = Object.entries({ host: url.host, ...headers, ...length }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const head = `${method} ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}`;
  if (!authorizations) {
    const bytes = Buffer.from(`${head}\r\n${body}`);
    return () => bytes;
  }
  return (authorization = '') =>
    Buffer.from(`${head}authorization: ${authorization}\r\n\r\n${body}`, 'latin1');
}

function opened(url: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(url.port), url.hostname, () => resolve(socket));
    socket.setNoDelay(true).once('error', reject);
  });
}

function repeat(socket: Socket, next: (nowMs: number) => Buffer | null, tookMs: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    let askedAtMs = performance.now();
    /** Answers to one question are mostly of one length: then their end needs no search. */
    let usualLength = -1;
    let pending: Buffer | null = null;
    const ask = () => {
      askedAtMs = performance.now();
      const question = next(askedAtMs);
      if (question === null) return resolve();
      socket.write(question);
    };
    socket.once('error', reject).once('close', () => reject(new Error('the server hung up')));
    socket.on('data', (part: Buffer) => {
      const answer: Buffer = pending === null ? part : Buffer.concat([pending, part]);
      if (answer.length !== usualLength) {
        const length = lengthOf(answer);
        if (answer.length < length) {
          pending = answer;
          return;
        }
        usualLength = length;
      }
      if (answer.compare(answered, 0, answered.length, 0, answered.length) !== 0) {
        return reject(new Error(`answered: ${answer.toString('latin1', 0, 200)}`));
      }
      pending = null;
      tookMs.push(performance.now() - askedAtMs);
      ask();
    });
    ask();
  });
}

/** Bytes of the whole answer; Infinity while its head is not complete. */
function lengthOf(answer: Buffer): number {
  const head = answer.indexOf(headEnd);
  if (head < 0) return Number.POSITIVE_INFINITY;
  const length = /\r\ncontent-length: *(\d+)/i.exec(answer.toString('latin1', 0, head))?.[1];
  return head + headEnd.length + Number(length ?? 0);
}
