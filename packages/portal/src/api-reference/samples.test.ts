/** The lines of the Overview tab, run as they stand. */
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { curlLine, nodeSample, pythonSample, readTokenLine } from './samples.ts';

const run = promisify(execFile);
const token = 'cldkctl_0000000000000000000000000030gj4T';
const env = { ...process.env, TOKEN: token };
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ asked: request.url, with: request.headers.authorization }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

test('the curl line asks with the token, as a shell takes it apart', async () => {
  const told = 'curl() { printf "%s\\n" "$@"; }';
  const { stdout } = await run('bash', ['-c', `${told}; ${curlLine(url)}`], { env });
  expect(stdout).toBe(`-H\nAuthorization: Bearer ${token}\n${url}/api/v1/me\n`);
});

test('the line before it reads a token without showing it', async () => {
  const shell = run('bash', ['-c', `${readTokenLine}; sh -c 'printf "[%s]" "$TOKEN"'`], { env: process.env });
  shell.child.stdin?.end(`${token}\n`);
  expect((await shell).stdout).toBe(`[${token}]`);
});

test('the Node.js example works', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', nodeSample(url)], { env });
  expect(stdout).toContain(`Bearer ${token}`);
  expect(stdout).toContain('/api/v1/me');
});

test('the Python example asks the same', () => {
  expect(pythonSample(url)).toContain(`"${url}/api/v1/me"`);
  expect(pythonSample(url)).toContain(`{"Authorization": f"Bearer {os.environ['TOKEN']}"}`);
});

test('no address breaks out of its line', () => {
  expect(curlLine("http://x/$(id)'")).toBe(
    `curl -H "Authorization: Bearer $TOKEN" 'http://x/$(id)'\\''/api/v1/me'`,
  );
});
