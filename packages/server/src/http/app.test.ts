/** What both listeners' log may hold, and whom they believe about an address. */
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Writable } from 'node:stream';
import { generateSecret } from '@lencana/verifier/node';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createApp } from './app.ts';

async function open(trustedProxies: string[] = []) {
  let logged = '';
  const sink = new Writable({
    write(chunk, _encoding, done) {
      logged += chunk;
      done();
    },
  });
  const app = createApp({
    server: createServer(),
    log: pino({ level: 'trace' }, sink),
    trustedProxies,
    tokenPrefix: 'cldkctl_',
    outageRefusal: () => null,
    accessLogLevel: 'info',
  });
  app.get('/*', async (request) => ({ address: request.clientAddress }));
  app.delete('/*', async () => ({ deleted: true }));
  await app.ready();
  return { app, logged: () => logged };
}

describe('the log of requests', () => {
  const secret = generateSecret().reveal();
  const random = secret.slice('cldkctl_'.length);
  const encoded = secret.replace('_', '%5F');
  it.each([
    `/${secret}`,
    `/x/${'a'.repeat(255)}/${secret}`,
    `/x/${'a'.repeat(285)}/${secret}`,
    `/${encoded}`,
    `/${encoded.replaceAll('%', '%25')}`,
    `/${secret.replace('c', '%63')}`,
    `/%zz/${secret}`,
    `/a?token=${secret}`,
  ])('holds no part of a secret asked for as %s', async (url) => {
    const { app, logged } = await open();
    await app.inject({ url });
    for (let length = random.length; length >= 8; length--) {
      expect(logged()).not.toContain(random.slice(0, length));
    }
    await app.close();
  });

  it('holds nothing of what is no HTTP, at whatever level', async () => {
    const { app, logged } = await open();
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.end(`GET /${secret} HTTP/1.1\r\nAuthorization: Bearer ${secret}\r\nbroken\r\n\r\n`);
    let answer = '';
    for await (const part of socket) answer += part;
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).not.toContain(random.slice(0, 8));
    expect(logged()).toContain('an invalid request');
    const part = random.slice(0, 8);
    expect(logged()).not.toContain(part);
    // As the bytes of a packet are written.
    expect(logged()).not.toContain([...Buffer.from(part)].join(','));
    await app.close();
  });

  it('still says which address was asked for', async () => {
    const { app, logged } = await open();
    await app.inject({ url: '/api/v1/tokens?q=secret-search' });
    expect(JSON.parse(logged().trim())).toMatchObject({ method: 'GET', path: '/api/v1/tokens', status: 200 });
    await app.close();
  });
});

describe('the client’s address', () => {
  it.each([
    [[], '198.51.100.1', '198.51.100.1'],
    [['10.0.0.0/8'], '198.51.100.1', '198.51.100.1'],
    [['10.0.0.0/8'], '10.1.2.3', '203.0.113.7'],
    [['10.1.2.3'], '10.1.2.3', '203.0.113.7'],
    [['2001:db8::/32'], '2001:db8::1', '203.0.113.7'],
    [['10.0.0.0/8'], '::ffff:10.1.2.3', '203.0.113.7'],
    [['unix'], '198.51.100.1', '198.51.100.1'],
  ])('with %j trusted and the peer %s is %s', async (trusted, peer, expected) => {
    const { app } = await open(trusted);
    const answer = await app.inject({
      url: '/',
      remoteAddress: peer,
      headers: { 'x-forwarded-for': '203.0.113.7' },
    });
    expect(answer.json().address).toBe(expected);
    await app.close();
  });
});

it('a media type without a body is no fault', async () => {
  const { app } = await open();
  const answer = await app.inject({
    method: 'DELETE',
    url: '/x',
    headers: { 'content-type': 'application/json' },
  });
  expect(answer.json()).toEqual({ deleted: true });
  await app.close();
});

describe('a request of which only a part is valid', () => {
  it.each([
    [
      'answered already, then a broken body',
      'POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
      'zz\r\n',
      1,
    ],
    [
      'answered whole, then another one that is invalid',
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      'more\r\n\r\n',
      2,
    ],
  ])('%s, has one answer for each', async (_what, first, second, answers) => {
    const { app } = await open();
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    let read = '';
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('data', (piece) => {
      // The rest comes when the answer is there, as a client that is slow, or hostile, would send it.
      if (read === '') socket.write(second);
      read += piece;
    });
    socket.write(first);
    await closed;
    expect(read.match(/HTTP\/1\.1 \d{3}/g)).toHaveLength(answers);
    await app.close();
  });
});
