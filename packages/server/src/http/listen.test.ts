/** A bound listener loses no request that comes before the application stands, and drops them when it never will. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../../../tests/run-directory.ts';
import { type Binding, bind } from './listen.ts';

const anywhere = { kind: 'tcp', host: '127.0.0.1', port: 0 } as const;

/** Sends a request and resolves when the server has it, with what comes back until the connection ends. */
async function ask(binding: Binding): Promise<{ answer: Promise<string> }> {
  const arrived = new Promise((resolve) => binding.server.once('connection', resolve));
  const socket = connect(binding.port ?? 0, '127.0.0.1');
  const answer = new Promise<string>((resolve) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', () => {});
  });
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await arrived;
  return { answer };
}

test('requests that come early are answered by whoever answers first', async () => {
  const binding = await bind(anywhere, 'LENCANA_LISTEN');
  const early = await ask(binding);
  binding.server.on('request', (_request, response) => response.end('here'));
  expect(await early.answer).toContain('here');
  expect(await (await ask(binding)).answer).toContain('here');
  await binding.close();
});

test('requests that nobody will answer do not hold up a failed start', async () => {
  const binding = await bind(anywhere, 'LENCANA_LISTEN');
  const early = await ask(binding);
  await binding.close();
  expect(await early.answer).toBe('');
});

test('a connection that is kept busy is ended with an answer when the listener closes, and loses none', async () => {
  const binding = await bind(anywhere, 'LENCANA_LISTEN');
  const held: ServerResponse[] = [];
  binding.server.on('request', (_request, response) => void held.push(response));
  const socket = connect(binding.port ?? 0, '127.0.0.1');
  let answers = '';
  socket.on('data', (chunk) => {
    answers += chunk;
  });
  const ended = new Promise((resolve) => socket.once('close', resolve));
  const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
  socket.write(request);
  await expect.poll(() => held.length).toBe(1);
  const closed = binding.close();
  socket.write(request);
  await expect.poll(() => held.length).toBe(2);
  held[0]?.end('first');
  held[1]?.end('second');
  await ended;
  await closed;
  expect(answers).toMatch(/first.*connection: close.*second/is);
});

test('a path that is there and is no socket stays as it is', async () => {
  const path = join(temporaryDirectory('listen'), 'somebody.txt');
  writeFileSync(path, 'precious');
  await expect(bind({ kind: 'unix', path }, 'LENCANA_LISTEN')).rejects.toThrow('is no socket');
  expect(readFileSync(path, 'utf8')).toBe('precious');
});
