/**
 * A campaign of hostile requests against a server of its own: every route of both listeners, with and without credentials. It judges that
 * nothing fails inside (5xx, an error in the log, no answer) and that /verify answers others meanwhile.
 */
import { type Client, type Person, signUp } from '../api-client.ts';
import { builtPortal } from '../e2e/portal-build.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { chanceOf } from './chance.ts';
import { type Credentials, type HostileRequest, hostileRequest } from './hostile-requests.ts';
import { type Probe, type ProbeReport, startProbe } from './probe.ts';
import { type HostileTarget, hostileTargets } from './routes.ts';
import { sendBytes, type WireAnswer } from './wire.ts';

export type CampaignOptions = {
  readonly requests: number;
  readonly seed: number;
  /** The longest work between a question of /verify and its answer, in milliseconds, if the same requests cause it again each time. */
  readonly stallMsMax: number;
  readonly database: 'sqlite' | 'postgres';
  readonly tell: (what: string) => void;
};

export type CampaignReport = {
  readonly requests: number;
  readonly routes: number;
  readonly statuses: ReadonlyMap<string, number>;
  /** What must not be, a line each. */
  readonly faults: readonly string[];
  /** Of /verify: the longest work of the server, and the longest time by the clock. */
  readonly heldMs: number;
  readonly slowestMs: number;
  readonly stalls: number;
};

const BATCH = 200;
const AT_ONCE = 12;
/** So often must the same requests stall the server for it to be theirs, and not the machine's. */
const REPEATS = 3;
const FAULTS_MAX = 20;
/** After so many batches it is seen to that the credentials still are some. */
const RENEW_EVERY = 10;

export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  await builtPortal();
  const targets = inTurn(await hostileTargets());
  const server = await startServer({
    database: options.database,
    env: { LENCANA_TRUSTED_PROXIES: '127.0.0.1', LENCANA_LOG_LEVEL: 'error' },
  });
  try {
    const campaign = await startCampaign(server, targets, options);
    const report = await campaign.run();
    return { ...report, faults: [...report.faults, ...errorsIn(server.stderr())] };
  } finally {
    await server.stop();
  }
}

/** What takes members or credentials more often than files, of which one is like the other. */
function inTurn(targets: readonly HostileTarget[]): HostileTarget[] {
  const isFile = ({ path }: HostileTarget) => /\.[a-z0-9]+$|^\/docs\//.test(path);
  const files = targets.filter(isFile);
  const others = targets.filter((target) => !isFile(target));
  return [...others, ...others, ...others, ...others, ...files];
}

async function startCampaign(
  server: ServerProcess,
  targets: readonly HostileTarget[],
  { requests, seed, stallMsMax, tell }: CampaignOptions,
) {
  const chance = chanceOf(seed);
  const bystander = await signUp(server, personOf('bystander'));
  const { secret } = await bystander.createToken({ name: 'asked about meanwhile' });
  const service = await serviceCredential(server);
  const probe = await startProbe(`${server.verificationUrl}/verify`, secret, server.pid);
  const addresses = { public: new URL(server.localUrl), verification: new URL(server.verificationUrl) };
  const origin = server.publicUrl;
  const statuses = new Map<string, number>();
  const faults: string[] = [];
  let heldMs = 0;
  let slowestMs = 0;
  let refused = 0;
  let stalls = 0;
  let holders = 0;
  let attacker: Client | null = null;
  let credentials: Credentials = [{}];

  /** Some requests end the session that they come with, or the account's password. */
  async function renewCredentials(): Promise<void> {
    if (attacker && (await attacker.call('GET', '/api/v1/me')).status === 200) return;
    holders++;
    attacker = await signUp(server, personOf(`attacker-${seed}-${holders}`));
    const token = (await attacker.createToken({ name: 'of the attacker' })).secret;
    credentials = credentialsOf(attacker, token, service);
  }

  async function sendAll(batch: readonly HostileRequest[], judge: boolean): Promise<void> {
    const queue = [...batch];
    const one = async () => {
      for (let request = queue.pop(); request; request = queue.pop()) {
        const { target, bytes, isIncomplete } = request;
        const answer = await sendBytes(addresses[target.listener], bytes, isIncomplete);
        if (judge) hear(request, answer);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
  }

  function hear(request: HostileRequest, answer: WireAnswer): void {
    const kind = answer.status === null ? 'closed' : `${Math.floor(answer.status / 100)}xx`;
    statuses.set(kind, (statuses.get(kind) ?? 0) + 1);
    const why = faultOf(request, answer);
    if (why !== null && faults.length < FAULTS_MAX) faults.push(`${why}: ${shown(request, answer)}`);
  }

  async function lookForStall(batch: readonly HostileRequest[], firstMs: number): Promise<void> {
    for (let times = 0; times < REPEATS; times++) {
      if ((await during(probe, () => sendAll(batch, false))).heldMs <= stallMsMax) return;
    }
    stalls++;
    const culprits: string[] = [];
    for (const request of batch) {
      const alone = await during(probe, () => sendAll([request], false));
      if (alone.heldMs > stallMsMax) culprits.push(`${Math.round(alone.heldMs)} ms: ${shown(request)}`);
    }
    faults.push(
      `/verify was held up for ${Math.round(firstMs)} ms while these were answered: ${culprits.join('\n  ')}`,
    );
  }

  async function run(): Promise<CampaignReport> {
    try {
      for (let sent = 0, batches = 0; sent < requests && faults.length < FAULTS_MAX; batches++) {
        if (batches % RENEW_EVERY === 0) await renewCredentials();
        const batch = Array.from({ length: Math.min(BATCH, requests - sent) }, (_, at) =>
          // Each route in turn, so that none is left out by chance.
          hostileRequest(chance, targets[(sent + at) % targets.length] as HostileTarget, credentials, origin),
        );
        const seen = await during(probe, () => sendAll(batch, true));
        heldMs = Math.max(heldMs, seen.heldMs);
        slowestMs = Math.max(slowestMs, seen.slowestMs);
        refused = seen.refused;
        if (seen.heldMs > stallMsMax) await lookForStall(batch, seen.heldMs);
        sent += batch.length;
        if (batches % 50 === 49)
          tell(`${sent} requests, /verify held up for at most ${Math.round(heldMs)} ms`);
      }
      if (refused > 0) faults.push(`/verify refused a valid token ${refused} times`);
      const total = [...statuses.values()].reduce((sum, count) => sum + count, 0);
      return { requests: total, routes: new Set(targets).size, statuses, faults, heldMs, slowestMs, stalls };
    } finally {
      await probe.close();
    }
  }
  return { run };
}

async function during(probe: Probe, work: () => Promise<void>): Promise<ProbeReport> {
  await probe.report();
  await work();
  return await probe.report();
}

function faultOf({ target, isIncomplete }: HostileRequest, answer: WireAnswer): string | null {
  if (answer.isSilent) return 'no answer';
  if (answer.status === null || isIncomplete) return null;
  const mayBe503 = answer.status === 503 && target.mayBeUnavailable && /^retry-after:/im.test(answer.head);
  if (answer.status >= 500 && answer.status !== 505 && !mayBe503 && answer.status !== 501) {
    return `status ${answer.status}`;
  }
  const isJson = /^content-type: application\/(problem\+)?json/im.test(answer.head);
  if (isJson && answer.body !== '' && !/^transfer-encoding/im.test(answer.head) && !isReadable(answer.body)) {
    return 'broken JSON in the answer';
  }
  return null;
}

function isReadable(json: string): boolean {
  try {
    JSON.parse(json);
    return true;
  } catch {
    return json.length >= 200_000;
  }
}

function shown({ target, bytes }: HostileRequest, answer?: WireAnswer): string {
  const text = JSON.stringify(bytes.toString('latin1').slice(0, 1500));
  return `${target.listener} ${target.method} ${target.path}\n  ${text}${answer ? `\n  ${answer.body.slice(0, 300)}` : ''}`;
}

function credentialsOf(attacker: Client, token: string, service: string): Credentials {
  const bearer = { Authorization: `Bearer ${token}` };
  const cookie = { Cookie: attacker.credentials.cookie ?? '' };
  const basic = { Authorization: service };
  return [
    ...[{}, cookie, cookie, bearer, bearer, basic, { ...cookie, ...bearer }],
    { ...bearer, 'Lencana-Client-Authorization': service },
    { Authorization: `Bearer ${token.slice(0, -1)}x` },
  ];
}

async function serviceCredential(server: ServerProcess): Promise<string> {
  const made = await server.cli(['client', 'create', '--name', 'fuzz', '--json']);
  if (made.code !== 0) throw new Error(made.stderr);
  const { client_id, client_secret } = JSON.parse(made.stdout);
  return `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
}

const personOf = (name: string): Person => ({
  name,
  email: `${name}@example.com`,
  password: 'Strange-Horse-7-Battery',
  phoneNumber: '+6281234567890',
});

/** Each is a bug: what a request can do wrong is no error of the server. */
function errorsIn(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => /"level":(50|60)/.test(line))
    .slice(0, FAULTS_MAX)
    .map((line) => `logged: ${line.slice(0, 1500)}`);
}
