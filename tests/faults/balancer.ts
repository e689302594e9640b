/**
 * A load balancer for HTTP: each request goes to the next node that is ready, or all go to one. Asks nodes whether they are ready; a
 * request that could not be handed to one is handed to another. What a node has begun to answer is never asked again elsewhere.
 */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export type Backend = { readonly host: string; readonly port: number };

export type Balancer = {
  readonly port: number;
  /** null: each request to the next; a number: every request to that node while it is ready. */
  stickTo(index: number | null): void;
  /** Breaks the connections of all who ask. */
  dropAll(): void;
  close(): Promise<void>;
};

const READY_EVERY_MS = 200;
const READY_WITHIN_MS = 400;
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding']);

export async function startBalancer(backends: readonly Backend[]): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true });
  const ready = backends.map(() => true);
  const sockets = new Set<Socket>();
  let stuckTo: number | null = null;
  let turn = 0;

  /** In the order in which they are tried: ready ones first, from the one whose turn it is. */
  function order(): number[] {
    const first = stuckTo ?? turn++ % backends.length;
    const all = backends.map((_, at) => (first + at) % backends.length);
    return [...all.filter((at) => ready[at]), ...all.filter((at) => !ready[at])];
  }

  async function carry(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part);
    const body = Buffer.concat(parts);
    for (const at of order()) {
      const backend = backends[at];
      if (backend && (await hand(agent, backend, incoming, body, outgoing)) === 'done') return;
    }
    if (!outgoing.headersSent) outgoing.writeHead(502, { 'content-length': '0' }).end();
  }

  const server = createServer((incoming, outgoing) => {
    carry(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const checks = setInterval(() => {
    backends.forEach((backend, at) => {
      void isReady(backend).then((is) => {
        ready[at] = is;
      });
    });
  }, READY_EVERY_MS);
  const address = server.address();
  const dropAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    stickTo: (index) => {
      stuckTo = index;
    },
    dropAll,
    close: () => {
      clearInterval(checks);
      agent.destroy();
      return new Promise((resolve) => {
        server.close(() => resolve());
        dropAll();
      });
    },
  };
}

/** `elsewhere`: nobody there has seen the request. */
function hand(
  agent: Agent,
  backend: Backend,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
): Promise<'done' | 'elsewhere'> {
  return new Promise((resolve) => {
    const onward = request({
      agent,
      ...backend,
      method: incoming.method,
      path: incoming.url,
      headers: endToEnd(incoming.headers),
    });
    outgoing.on('close', () => {
      onward.destroy();
      resolve('done');
    });
    onward.on('error', (error: NodeJS.ErrnoException) => {
      if (outgoing.headersSent) outgoing.destroy();
      const unseen = error.code === 'ECONNREFUSED' || (onward.reusedSocket && error.code === 'ECONNRESET');
      if (!unseen && !outgoing.headersSent) outgoing.writeHead(502, { 'content-length': '0' }).end();
      resolve(unseen ? 'elsewhere' : 'done');
    });
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
      answer.pipe(outgoing).on('finish', () => resolve('done'));
      answer.on('error', () => outgoing.destroy());
    });
    onward.end(body);
  });
}

function endToEnd(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

function isReady(backend: Backend): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ ...backend, path: '/readyz', agent: false, timeout: READY_WITHIN_MS });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.end();
  });
}
