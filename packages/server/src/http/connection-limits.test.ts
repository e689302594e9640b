import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { descriptorsMax, dividedConnections } from './connection-limits.ts';
import { type Binding, bind } from './listen.ts';

const anywhere = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;
const WANTED = { public: 4000, verification: 10_000 };

test.each([
  [null, WANTED],
  [1_048_576, WANTED],
  [14_150, WANTED],
  [4096, { public: 1973, verification: 1973 }],
  [8000, { public: 3925, verification: 3925 }],
  [12_150, { public: 4000, verification: 8000 }],
  [160, { public: 5, verification: 5 }],
])('of %j open files the listeners get %j', (filesMax, connections) => {
  expect(dividedConnections(WANTED, filesMax)).toEqual(connections);
});

test('the system says how many files may be open', () => {
  if (process.platform === 'linux') expect(descriptorsMax()).toBeGreaterThan(100);
  else expect(descriptorsMax()).toBeNull();
});

let binding: Binding | null = null;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await binding?.close();
  binding = null;
});

async function listenWith(connectionsMax: number): Promise<void> {
  binding = await bind(anywhere, 'LENCANA_LISTEN', null, 'alone', { connectionsMax, keepAliveSeconds: 60 });
  binding.server.on('request', (request, response) => {
    request.resume().on('end', () => response.end(`headers: ${request.rawHeaders.length / 2}`));
  });
}

async function opened(): Promise<Socket> {
  const socket = connect(binding?.port ?? 0, '127.0.0.1').on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

async function closed(socket: Socket): Promise<void> {
  socket.resume();
  if (!socket.closed) await once(socket, 'close');
}

async function answered(socket: Socket, more = ''): Promise<string> {
  socket.write(`GET / HTTP/1.1\r\nHost: x\r\n${more}\r\n`);
  const [answer] = await once(socket, 'data');
  return String(answer);
}

test('one connection more than may be is closed at once; what is under way goes on', async () => {
  await listenWith(1);
  const first = await opened();
  // Half of a request: the body is not there yet.
  const arrived = once(binding?.server as Server, 'request');
  first.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n');
  await arrived;
  await closed(await opened());
  first.write('{}');
  expect(String(await once(first, 'data'))).toContain('200 OK');
});

test('idle connections, and those on which nothing came yet, make room for new ones', async () => {
  await listenWith(2);
  const idle = await opened();
  expect(await answered(idle)).toContain('200 OK');
  const silent = await opened();
  await closed(await opened());
  await closed(idle);
  await closed(silent);
  expect(await answered(await opened())).toContain('200 OK');
});

test('how long an idle connection is kept is said with each answer', async () => {
  await listenWith(2);
  expect(await answered(await opened())).toMatch(/keep-alive: timeout=60/i);
});

test('no header is dropped unseen, however many there are', async () => {
  await listenWith(2);
  expect(await answered(await opened(), 'a:b\r\n'.repeat(3000))).toContain('headers: 3001');
});
