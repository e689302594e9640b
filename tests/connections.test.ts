/**
 * Connections by the thousand on the public listener, half-open and idle ones, where few files may be open: verification goes on, and the
 * portal comes back when they are gone.
 */
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ayu, bearer, clientOf, signUp, verify } from './api-client.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const FILES_MAX = 400;
const CONNECTIONS = 3000;
const AT_ONCE = 100;

describe.each([
  ['the process that serves the portal', {}],
  ['a worker', { LENCANA_WORKERS: '1' }],
])('verification by %s', (_who, env) => {
  let server: ServerProcess;
  let secret: string;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    server = await startServer({ filesMax: FILES_MAX, env });
    const session = await signUp(server, ayu);
    secret = (await session.createToken({ name: 'under attack' })).secret;
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await server?.stop();
  });

  test.each([
    ['say nothing', ''],
    ['stop within their headers', 'GET / HTTP/1.1\r\nHost: x\r\nX-Slow: '],
    ['stop within their body', 'POST /api/v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{'],
    ['ask once and stay', 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('answers while thousands of connections to the portal %s', async (_what, text) => {
    const { hostname, port } = new URL(server.localUrl);
    for (let made = 0; made < CONNECTIONS; made += AT_ONCE) {
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          const socket = connect(Number(port), hostname).on('error', () => {});
          sockets.push(socket);
          await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
          if (text !== '') socket.write(text);
          socket.resume();
        }),
      );
      expect((await verify(server, secret)).status).toBe(200);
      expect(await statusOnNewConnection(`${server.verificationUrl}/verify`, secret)).toBe(200);
    }
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  test('is no more than before afterwards, and the portal answers', async () => {
    await expect.poll(async () => await portalStatus(), { timeout: 20_000 }).toBe(200);
    expect((await verify(server, secret)).status).toBe(200);
    expect(server.stderr()).not.toContain('EMFILE');
  });

  const portalStatus = () =>
    clientOf(server, bearer(secret))
      .call('GET', '/api/v1/me')
      .then(
        ({ status }) => status,
        () => 0,
      );
});

function statusOnNewConnection(url: string, secret: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ keepAlive: false });
    get(url, { agent, headers: bearer(secret) }, (answer) => {
      answer.resume().once('end', () => resolve(answer.statusCode ?? 0));
    }).once('error', reject);
  });
}
