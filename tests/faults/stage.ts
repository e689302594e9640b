/**
 * What a run plays on: one PostgreSQL, three nodes of the real server which reach it through a link each, two services that embed the
 * verifier and reach the nodes through a link and the balancer, and every door to ask at. Asks nothing itself.
 */
import { join } from 'node:path';
import { type PostgresServer, startPostgres } from '../postgres.ts';
import { type CommandResult, runLencana, type ServerProcess, startServer } from '../server-process.ts';
import { type CommitWatch, startCommitWatch } from './commit-watch.ts';
import {
  balancedDoor,
  type Credential,
  type Door,
  introspectDoor,
  meDoor,
  serviceDoor,
  verifyDoor,
} from './doors.ts';
import { newPassword } from './makers.ts';
import { type Network, startNetwork } from './network.ts';
import { type ServiceProcess, startService } from './service-process.ts';

const NODES = 3;
const SERVICES = 2;

export type Node = { readonly name: string; readonly link: string; readonly server: ServerProcess };
export type Service = { readonly name: string; readonly link: string; readonly process: ServiceProcess };

export type Stage = {
  readonly postgres: PostgresServer;
  /** Past every link. */
  readonly databaseUrl: string;
  readonly nodes: readonly Node[];
  readonly services: readonly Service[];
  readonly doors: readonly Door[];
  readonly network: Network;
  readonly watch: CommitWatch;
  readonly freshnessMs: number;
  /** A `lencana` command as the operator runs it, past every link. */
  command(args: string[], input?: string): Promise<CommandResult>;
  close(): Promise<void>;
};

/** What a stage is made of is ended again when one part of it does not start. */
export async function openStage(freshnessSeconds: number): Promise<Stage> {
  const endings: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const end of endings.reverse()) await end();
  };
  try {
    return await build(freshnessSeconds, endings, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function build(
  freshnessSeconds: number,
  endings: (() => Promise<unknown>)[],
  close: () => Promise<void>,
): Promise<Stage> {
  const postgres = await startPostgres();
  endings.push(() => postgres.stop());
  const databaseUrl = await postgres.createDatabase();
  const network = startNetwork();
  endings.push(() => network.close());
  const nodes = await startNodes(network, databaseUrl, freshnessSeconds, endings);
  const watch = startCommitWatch(databaseUrl);
  endings.push(() => watch.close());
  const [first] = nodes;
  if (!first) throw new Error('there is no node');
  const command = (args: string[], input?: string) =>
    runLencana(args, { ...first.server.env, LENCANA_DATABASE_URL: databaseUrl }, input);
  // Whoever signs up first from elsewhere needs the set-up code; after this one nobody does.
  await done(
    command(
      ['user', 'create', '--email', 'first@example.com', '--name', 'First', '--admin', '--password-stdin'],
      newPassword(),
    ),
  );
  const made = await done(command(['client', 'create', '--name', 'faults', '--json']));
  const credential: Credential = JSON.parse(made.stdout);
  const backends = nodes.map(({ server }) => {
    const { hostname, port } = new URL(server.verificationUrl);
    return { host: hostname, port: Number(port) };
  });
  const balancerPort = await network.order({ act: 'balance', backends });
  const services = await startServices(network, balancerPort, { credential, freshnessSeconds }, endings);
  const doors: Door[] = [
    ...nodes.flatMap(({ name, server }) => [
      verifyDoor(name, () => server.verificationUrl),
      meDoor(name, () => server.localUrl),
      introspectDoor(name, () => server.verificationUrl, credential),
    ]),
    ...services.map(({ name, process }) => serviceDoor(name, () => process.url)),
    balancedDoor(() => `http://127.0.0.1:${balancerPort}`),
  ];
  const freshnessMs = freshnessSeconds * 1000;
  return {
    postgres,
    databaseUrl,
    nodes,
    services,
    doors,
    network,
    watch,
    freshnessMs,
    command,
    close,
  };
}

async function done(command: Promise<CommandResult>): Promise<CommandResult> {
  const result = await command;
  if (result.code !== 0) throw new Error(`a command ended with ${result.code}: ${result.stderr}`);
  return result;
}

/** The first makes the keys, the others are given them. */
async function startNodes(
  network: Network,
  databaseUrl: string,
  freshnessSeconds: number,
  endings: (() => Promise<unknown>)[],
): Promise<Node[]> {
  const { hostname, port } = new URL(databaseUrl);
  const startOne = async (at: number, keysFile: string | null): Promise<Node> => {
    const name = `node ${at}`;
    const link = `${name} to the database`;
    const url = new URL(databaseUrl);
    url.port = String(await network.order({ act: 'link', link, host: hostname, port: Number(port) }));
    const server = await startServer({
      env: {
        LENCANA_DATABASE_URL: url.href,
        LENCANA_FRESHNESS_SECONDS: String(freshnessSeconds),
        // Holders sign up from many addresses, so that how often one address may is nothing to them.
        LENCANA_TRUSTED_PROXIES: '127.0.0.1',
        LENCANA_LOG_LEVEL: 'warn',
        // What is made on tokens that are taken away stays, where it is not to go with them.
        LENCANA_TOKENS_PER_HOLDER_MAX: '100000',
        ...(keysFile ? { LENCANA_KEYS_FILE: keysFile } : {}),
      },
    });
    endings.push(() => server.kill());
    return { name, link, server };
  };
  const first = await startOne(1, null);
  const keysFile = join(first.server.dataDir, 'keys.json');
  const others = Array.from({ length: NODES - 1 }, (_, at) => startOne(at + 2, keysFile));
  return [first, ...(await Promise.all(others))];
}

async function startServices(
  network: Network,
  balancerPort: number,
  settings: { credential: Credential; freshnessSeconds: number },
  endings: (() => Promise<unknown>)[],
): Promise<Service[]> {
  const { client_id: id, client_secret: secret } = settings.credential;
  const startOne = async (at: number): Promise<Service> => {
    const name = `service ${at}`;
    const link = `${name} to the balancer`;
    const port = await network.order({ act: 'link', link, host: '127.0.0.1', port: balancerPort });
    const process = await startService({
      url: `http://127.0.0.1:${port}`,
      credential: { id, secret },
      freshnessSeconds: settings.freshnessSeconds,
    });
    endings.push(() => process.kill());
    return { name, link, process };
  };
  return await Promise.all(Array.from({ length: SERVICES }, (_, at) => startOne(at + 1)));
}
