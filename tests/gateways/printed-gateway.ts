/**
 * The gateway as docs/verify.md prints it, with a real nginx: the text is taken from the page and set into the frame that the
 * example has around it. Behind it stands a service that answers with what reached it, to the letter.
 */
import { spawn } from 'node:child_process';
import { chownSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { reapWithRun, repositoryRoot, temporaryDirectory } from '../run-directory.ts';
import { holdAddress, takesConnections } from './example-gateway.ts';

/** What the service was sent: the target as it stood in the request line, and every header as it came. */
export type Reached = { readonly target: string; readonly rawHeaders: readonly string[] };

export type RawAnswer = {
  readonly status: number;
  readonly head: string;
  /** null: the service was not asked. */
  readonly reached: Reached | null;
};

export type PrintedGateway = {
  /** Sends exactly these lines, for what no HTTP client would send. Each is a line of the request's head. */
  readonly ask: (lines: readonly string[]) => Promise<RawAnswer>;
  readonly stop: () => Promise<void>;
};

const startTimeoutMs = 10_000;
const nobody = { uid: 65_534, gid: 65_534 };

/** The fences marked `nginx` of a page, in order. */
export function printedConfigurations(page: string): string[] {
  const text = readFileSync(join(repositoryRoot, page), 'utf8');
  return [...text.matchAll(/^```nginx\n([\s\S]*?)^```$/gm)].map(([, configuration = '']) => configuration);
}

/** @param verification `host:port` that nginx asks */
export async function startPrintedGateway(verification: string): Promise<PrintedGateway> {
  const [identity = '', configuration = ''] = printedConfigurations('docs/verify.md');
  const example = readFileSync(join(repositoryRoot, 'examples/service/nginx.conf'), 'utf8');
  const [frame = ''] = example.split(/^ *# From here on.*$/m);
  const service = createServer((request, response) => {
    request.resume();
    const reached: Reached = { target: request.url ?? '', rawHeaders: request.rawHeaders };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(reached));
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const held = await holdAddress();
  const { address } = held;
  const addresses: Record<string, string> = {
    '127.0.0.1:8000': address,
    '127.0.0.1:8001': `127.0.0.1:${(service.address() as AddressInfo).port}`,
    '127.0.0.1:8081': verification,
  };
  const text = `${frame}${configuration}\n}\n`.replace(
    /(?<=\s)127\.0\.0\.1:80(?:00|01|81)(?=[\s;])/g,
    (found) => addresses[found] ?? found,
  );
  const directory = temporaryDirectory('printed-gateway');
  const user = process.getuid?.() === 0 ? nobody : null;
  for (const [name, content] of [
    ['nginx.conf', text],
    ['lencana-identity.conf', identity],
  ] as const) {
    writeFileSync(join(directory, name), content);
    if (user) chownSync(join(directory, name), user.uid, user.gid);
  }
  if (user) chownSync(directory, user.uid, user.gid);
  await held.release();
  const args = ['-e', 'stderr', '-p', directory, '-c', join(directory, 'nginx.conf')];
  const child = spawn('nginx', args, { ...user, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  reapWithRun(child, 'SIGQUIT');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said += part;
  });
  const { hostname, port } = new URL(`http://${address}`);
  for (const deadlineMs = Date.now() + startTimeoutMs; !(await takesConnections(hostname, Number(port))); ) {
    if (child.exitCode !== null || Date.now() > deadlineMs) throw new Error(`nginx did not start:\n${said}`);
    await delay(20);
  }
  return {
    ask: (lines) => ask(hostname, Number(port), lines),
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
      service.closeAllConnections();
      await new Promise((resolve) => service.close(resolve));
    },
  };
}

function ask(host: string, port: number, lines: readonly string[]): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    const parts: Buffer[] = [];
    socket.once('error', reject);
    socket.on('data', (part: Buffer) => parts.push(part));
    socket.once('close', () => {
      const [head = '', body = ''] = Buffer.concat(parts).toString('utf8').split('\r\n\r\n');
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
      const json = /\{"target".*\}/s.exec(body)?.[0];
      resolve({ status, head, reached: json === undefined ? null : JSON.parse(json) });
    });
    // Left open for writing: nginx takes a client that has ended for one that is gone.
    socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  });
}
