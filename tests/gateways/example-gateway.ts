/**
 * The example as its reader starts it: examples/service/start.ts, a real nginx with the service behind it, on free
 * ports and in front of a given Lencana; and a client that sends it exactly what it is told to.
 */
import { spawn } from 'node:child_process';
import { type IncomingHttpHeaders, request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { pinnedNode, reapWithRun, repositoryRoot } from '../run-directory.ts';

export type GatewayAnswer = { status: number; headers: IncomingHttpHeaders; text: string };

export type GatewayRequest = {
  method?: string;
  /** Sent as it is: no normalization. */
  path?: string;
  headers?: Record<string, string>;
  body?: Uint8Array;
  /** The address the client calls from. Default 127.0.0.1. */
  from?: string;
};

export type Gateway = {
  ask(what?: GatewayRequest): Promise<GatewayAnswer>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
};

const startTimeoutMs = 20_000;

/** Rejects with what the example wrote when it does not start. */
export async function startGateway(verificationUrl: string): Promise<Gateway> {
  const [gateway = '', service = ''] = await freeAddresses(2);
  const script = join(repositoryRoot, 'examples', 'service', 'start.ts');
  const verification = new URL(verificationUrl).host;
  const child = spawn(
    pinnedNode,
    [script, '--gateway', gateway, '--service', service, '--verification', verification],
    { stdio: 'pipe' },
  );
  // By SIGQUIT, because a killed start would leave its nginx behind; the reaper kills what is deaf to it.
  reapWithRun(child, 'SIGQUIT');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the example did not start:\n${said}`)), startTimeoutMs);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the example ended (${code}):\n${said}`));
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!text.includes('"event":"listening"')) return;
      clearTimeout(timer);
      resolve();
    });
  });
  return {
    ask: (what = {}) => ask(gateway, what),
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve(child.exitCode);
        child.once('exit', resolve);
        child.kill('SIGTERM');
      }),
  };
}

function ask(gateway: string, { method = 'GET', path = '/', headers = {}, body, from }: GatewayRequest) {
  const { hostname, port } = new URL(`http://${gateway}`);
  return new Promise<GatewayAnswer>((resolve, reject) => {
    const sent = request(
      {
        hostname,
        port,
        method,
        path,
        headers: { ...(body ? { 'content-length': String(body.length) } : {}), ...headers },
        agent: false,
        ...(from === undefined ? {} : { localAddress: from }),
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
        });
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        );
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

/** Free when asked, all at once so that they differ. */
async function freeAddresses(count: number): Promise<string[]> {
  const held = await Promise.all(Array.from({ length: count }, holdAddress));
  await Promise.all(held.map(({ release }) => release()));
  return held.map(({ address }) => address);
}

export type HeldAddress = {
  readonly address: string;
  /** To be called right before somebody else listens there. */
  readonly release: () => Promise<void>;
};

/** A free address that nobody else gets meanwhile. */
export async function holdAddress(): Promise<HeldAddress> {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(holder.address() as AddressInfo).port}`,
    release: () => new Promise((resolve) => holder.close(() => resolve())),
  };
}

/** Whether somebody listens there by now. */
export function takesConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
