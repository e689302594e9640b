/**
 * Three nodes on one PostgreSQL behind a real balancer with the configuration of examples/balancer, on free ports; each node's way to
 * its database can be cut. As root the balancer runs as `nobody`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { makeCertificate } from '../certificates.ts';
import { type CuttableLink, linkTo } from '../cuttable-link.ts';
import type { PostgresServer } from '../postgres.ts';
import { reapWithRun, repositoryRoot, temporaryDirectory } from '../run-directory.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { holdAddress, takesConnections } from './example-gateway.ts';

export type Balancer = 'nginx' | 'haproxy';

export type BalancedNode = { readonly server: ServerProcess; readonly database: CuttableLink };

export type BalancedNodes = {
  /** https://localhost:<port>, which `certificate` makes trusted. */
  readonly portalUrl: string;
  readonly certificate: string;
  readonly verificationUrl: string;
  readonly nodes: readonly [BalancedNode, BalancedNode, BalancedNode];
  readonly stop: () => Promise<void>;
};

/** Addresses as they stand in the configurations: the balancer's own, then the nodes'. */
const written = {
  portal: '127.0.0.1:8443',
  verification: '127.0.0.1:8091',
  nodes: [
    ['127.0.0.1:8080', '127.0.0.1:8083'],
    ['127.0.0.1:8081', '127.0.0.1:8084'],
    ['127.0.0.1:8082', '127.0.0.1:8085'],
  ],
} as const;
const startTimeoutMs = 10_000;
const nobody = { uid: 65_534, gid: 65_534 };

export async function startBalancedNodes(
  balancer: Balancer,
  postgres: PostgresServer,
): Promise<BalancedNodes> {
  const [portal, verification] = [await holdAddress(), await holdAddress()];
  const portalUrl = `https://localhost:${new URL(`http://${portal.address}`).port}`;
  const url = new URL(await postgres.createDatabase());
  const dataDir = join(temporaryDirectory('nodes'), 'data');
  const startNode = async (): Promise<BalancedNode> => {
    const listen = await holdAddress();
    const database = await linkTo(url.hostname, Number(url.port));
    const own = new URL(url);
    own.port = String(database.port);
    const env = {
      // Not left open: the harness learns a port from the public URL, which is the balancer's.
      LENCANA_LISTEN: listen.address,
      LENCANA_DATABASE_URL: own.href,
      LENCANA_PUBLIC_URL: portalUrl,
      LENCANA_TRUSTED_PROXIES: '127.0.0.1',
    };
    await listen.release();
    return { server: await startServer({ dataDir, env }), database };
  };
  // The first makes the keys that all share.
  const one = await startNode();
  const [two, three] = await Promise.all([startNode(), startNode()]);
  const nodes = [one, two, three] as const;
  const { cert, key } = await makeCertificate();
  const addresses = new Map<string, string>([
    [written.portal, portal.address],
    [written.verification, verification.address],
    ...nodes.flatMap(({ server }, at) => {
      const [atPublic = '', atVerification = ''] = written.nodes[at] ?? [];
      return [
        [atPublic, new URL(server.localUrl).host],
        [atVerification, new URL(server.verificationUrl).host],
      ] as [string, string][];
    }),
  ]);
  await Promise.all([portal.release(), verification.release()]);
  const { child, said } = startBalancer(balancer, addresses, { cert, key });
  await listening(child, said, [portal.address, verification.address]);
  return {
    portalUrl,
    certificate: cert,
    verificationUrl: `http://${verification.address}`,
    nodes,
    stop: async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
      await Promise.all(nodes.map(({ server }) => server.kill()));
      await Promise.all(nodes.map(({ database }) => database.close()));
    },
  };
}

function startBalancer(
  balancer: Balancer,
  addresses: ReadonlyMap<string, string>,
  { cert, key }: { cert: string; key: string },
): { child: ChildProcess; said: () => string } {
  const directory = temporaryDirectory(balancer);
  const file = balancer === 'nginx' ? 'nginx.conf' : 'haproxy.cfg';
  const text = readFileSync(join(repositoryRoot, 'examples', 'balancer', file), 'utf8');
  const places = [...addresses.keys()].map((address) => RegExp.escape(address)).join('|');
  const addressed = text.replace(
    new RegExp(`(?<=\\s)(${places})(?=[\\s;])`, 'g'),
    (found) => addresses.get(found) ?? found,
  );
  const files = { [file]: addressed, 'cert.pem': cert, 'key.pem': key, 'cert-and-key.pem': `${cert}${key}` };
  const user = process.getuid?.() === 0 ? nobody : null;
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(directory, name), content, { mode: 0o600 });
    if (user) chownSync(join(directory, name), user.uid, user.gid);
  }
  if (user) chownSync(directory, user.uid, user.gid);
  const config = join(directory, file);
  const args = balancer === 'nginx' ? ['-e', 'stderr', '-p', directory, '-c', config] : ['-f', config];
  const child = spawn(balancer, args, { ...user, cwd: directory, stdio: ['ignore', 'pipe', 'pipe'] });
  // What it says of nodes that are away is what the tests do to them.
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
    });
  }
  // A killed nginx would leave its workers behind.
  reapWithRun(child, 'SIGQUIT');
  return { child, said: () => said };
}

/** Resolves when the balancer takes connections; rejects when it ends before. */
async function listening(
  child: ChildProcess,
  said: () => string,
  addresses: readonly string[],
): Promise<void> {
  for (const address of addresses) {
    const { hostname, port } = new URL(`http://${address}`);
    for (
      const deadlineMs = Date.now() + startTimeoutMs;
      !(await takesConnections(hostname, Number(port)));
    ) {
      if (child.exitCode !== null || Date.now() > deadlineMs) {
        throw new Error(`the balancer did not start:\n${said()}`);
      }
      await delay(20);
    }
  }
}
