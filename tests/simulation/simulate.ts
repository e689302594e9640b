/**
 * One run of a seed: three nodes, two services behind a balancer, a database; holders who create and revoke, clients who verify
 * through every door, and faults around it. Gives what was broken of the promises, in words.
 */

import type { LoadKey } from '@lencana/verifier/node';
import { generateSecret, hashAscii, secretKey } from '@lencana/verifier/node';
import { type Door, LOAD_TIMEOUT_MS, Node, Service } from './actors.ts';
import { Database, type DatabaseRules, PRODUCT } from './database.ts';
import { type Protocol, product } from './protocol.ts';
import { World } from './world.ts';

export type Run = {
  readonly seed: number;
  readonly violations: readonly string[];
  /** How many verdicts were given, and how many revocations returned: that a run tried something. */
  readonly verdicts: number;
  readonly accepted: number;
  readonly revocations: number;
  readonly log: readonly string[];
};

export type RunOptions = {
  readonly protocol?: Protocol;
  readonly rules?: Partial<DatabaseRules>;
  readonly tracing?: boolean;
};

const S_MS = 1000;
const ROUNDS = 3;
/** A failure after the end of all faults lasts no longer. */
const RECOVERY_MS = 2 * S_MS + 1000;

/** How a token, or what it may do, is taken away. */
const TAKINGS = ['token', 'token', 'account', 'role'] as const;
/** What is wanted of each token. A viewer's has it not. */
const DEMAND = { scope: 'reports:editor' };
const LESS = ['reports:viewer'];

type Subject = {
  readonly id: string;
  readonly key: LoadKey;
  readonly secret: string;
  readonly holderId: string;
  /** Whether at no moment it may do what is wanted. */
  readonly never: boolean;
  /** Virtual instants; null: not yet. `goneAtMs`: a call that took it away has returned. */
  createdAtMs: number | null;
  takingAwaySinceMs: number | null;
  goneAtMs: number | null;
};

export async function simulate(seed: number, options: RunOptions = {}): Promise<Run> {
  const world = new World(seed, options.tracing ?? false);
  const rules = { ...PRODUCT, ...options.rules };
  const protocol = options.protocol ?? product;
  const database = new Database(world, rules);
  // Every fifth run is calm: in it nothing may fail at all.
  const calm = seed % 5 === 0;
  // A look-up is begun anew when a change came in between, up to four times, and somebody waits for the last.
  if (calm) database.slowestLoadMs = LOAD_TIMEOUT_MS / 4 - 20;
  const longest = world.chance(0.5) ? 3 : 1;
  const nodes = [1, 2, 3].map(
    (at) =>
      new Node(
        world,
        database,
        protocol,
        `node ${at}`,
        at === 3 ? longest * S_MS : S_MS,
        rules.registersFirst,
      ),
  );
  const services = [1, 2].map(
    (at) => new Service(world, nodes, protocol, `service ${at}`, at === 2 ? S_MS / 2 : S_MS),
  );
  const doors: Door[] = [...nodes, ...services];
  const notified = world.chance(0.7);
  database.onCommit = () => {
    for (const node of nodes) {
      if (notified && !world.chance(0.2)) world.after(world.between(0.1, 40), () => node.hint());
    }
  };

  const violations: string[] = [];
  let verdicts = 0;
  let accepted = 0;
  let revocations = 0;
  let lastFaultMs = 0;

  const break_ = (what: string) => {
    violations.push(`at ${world.nowMs.toFixed(1)} ms: ${what}`);
    world.trace('VIOLATION', what);
  };

  function ask(door: Door, subject: Subject): void {
    const startedAtMs = world.nowMs;
    const { createdAtMs, takingAwaySinceMs } = subject;
    const begin = door.machine.alive(() => {
      door.verify(subject.secret, DEMAND).then((verdict) => {
        verdicts++;
        const what = verdict.outcome === 'refused' ? verdict.reason : verdict.outcome;
        world.trace(door.name, `${subject.id}: ${what} (asked at ${startedAtMs.toFixed(1)})`);
        const mayBeGone = takingAwaySinceMs !== null || subject.takingAwaySinceMs !== null;
        if (verdict.outcome === 'active') {
          accepted++;
          if (subject.never)
            break_(`JOIN: ${door.name} accepts ${subject.id}, whose holder was never allowed that`);
          if (subject.goneAtMs !== null && startedAtMs > subject.goneAtMs) {
            break_(
              `P1: ${door.name} accepts ${subject.id}, asked at ${startedAtMs.toFixed(1)}, gone at ${subject.goneAtMs.toFixed(1)}`,
            );
          }
        } else if (verdict.outcome === 'refused' && !subject.never && !mayBeGone && createdAtMs !== null) {
          if (startedAtMs - createdAtMs > longest * S_MS)
            break_(`LIVE: ${door.name} refuses ${subject.id} as ${what}`);
        } else if (verdict.outcome === 'unavailable' && calm) {
          break_(`CALM: ${door.name} is unavailable`);
        }
      });
    });
    begin();
  }

  /** Asked several times at every door, and once before it is there. */
  function askEverywhere(subject: Subject, times: number, withinMs: number): void {
    for (const door of doors) {
      for (let time = 0; time < times; time++)
        world.after(world.between(0, withinMs), () => ask(door, subject));
    }
  }

  function newSubject(id: string, holderId: string, never: boolean): Subject {
    const secret = generateSecret('cldkctl_', (bytes) => {
      for (let byte = 0; byte < bytes.length; byte++) bytes[byte] = world.random() * 256;
    }).reveal();
    const key = secretKey(hashAscii(secret, new Int32Array(8)));
    return { id, key, secret, holderId, never, createdAtMs: null, takingAwaySinceMs: null, goneAtMs: null };
  }

  /**
   * A holder whose role and whose token's own scopes change together, so that both together never allow what is wanted: in no mixture
   * of what was loaded before with what was loaded after is it allowed.
   */
  async function exchanging(round: number): Promise<void> {
    const subject = newSubject(`tok_${round}_x`, `holder_${round}_x`, true);
    const { id, key, holderId } = subject;
    await insist(() => world.pick(nodes).create({ id, key, holderId, ownScopes: LESS }));
    subject.createdAtMs = world.nowMs;
    for (let turn = 0; turn < 4; turn++) {
      askEverywhere(subject, 3, 400);
      // A look-up that meets a change each time that it is begun anew is unavailable, which in a calm run nothing may be.
      await world.sleep(calm ? world.between(700, 900) : world.between(50, 400));
      const [role, scopes] = turn % 2 === 0 ? (['viewer', null] as const) : (['member', LESS] as const);
      // Who has the holder's entry loads it anew, while the exchange is on its way.
      await insist(() => world.pick(nodes).changeHolder(holderId, { name: `any ${turn}` }));
      askEverywhere(subject, 4, 60);
      await world.sleep(world.between(0, 20));
      await insist(() => world.pick(nodes).exchange({ id, holderId }, role, scopes));
      askEverywhere(subject, 3, 60);
    }
  }

  /** `atMs`: when to take it away, so that several do so at once; null: whenever. */
  async function holder(round: number, at: number, atMs: number | null): Promise<void> {
    const subject = newSubject(`tok_${round}_${at}`, `holder_${round}_${at}`, false);
    if (world.chance(0.5)) askEverywhere(subject, 1, 30);
    await world.sleep(world.between(20, 60));
    const { id, key, holderId } = subject;
    await insist(() => world.pick(nodes).create({ id, key, holderId, ownScopes: null }));
    subject.createdAtMs = world.nowMs;
    world.trace('holder', `${subject.id} is created`);
    askEverywhere(subject, 2, 1500);
    if (world.chance(0.3)) {
      // Nothing is taken away by it, and each door loads the holder anew.
      const rename = () => world.pick(nodes).changeHolder(holderId, { name: 'another' });
      world.after(world.between(0, 2500), () => void insist(rename));
    }
    await world.sleep(atMs === null ? world.between(100, 2500) : atMs + world.between(0, 15) - world.nowMs);
    subject.takingAwaySinceMs = world.nowMs;
    const taking = world.pick(TAKINGS);
    const takeAway = (node: Node) => {
      if (taking === 'account') return node.deactivate(holderId, false);
      return taking === 'role' ? node.giveRole(holderId, 'viewer') : node.revoke(id);
    };
    askEverywhere(subject, 3, 1300);
    // Whoever got no answer asks again, elsewhere; sometimes two ask at once.
    const calls = world.chance(0.3) ? 2 : 1;
    for (let call = 0; call < calls; call++) {
      void insist(async () => {
        await world.sleep(call * world.between(0, 300));
        const node = world.pick(nodes);
        world.trace('holder', `${subject.id} is taken away at ${node.name} by its ${taking}`);
        await takeAway(node);
      }).then(() => {
        revocations++;
        if (subject.goneAtMs !== null) return;
        subject.goneAtMs = world.nowMs;
        world.trace('holder', `${subject.id} is gone`);
        askEverywhere(subject, 3, 400);
        askEverywhere(subject, 2, 3 * S_MS);
      });
    }
    await world.sleep(2500);
    if (taking !== 'token' && subject.goneAtMs !== null) {
      // From here on it is live again, or not: nothing is said of it any more.
      subject.goneAtMs = Number.POSITIVE_INFINITY;
      await insist(() => world.pick(nodes).changeHolder(holderId, { deactivatedAtMs: null, role: 'member' }));
    }
  }

  async function insist(work: () => Promise<void>): Promise<void> {
    for (;;) {
      // What hangs on a machine that died is asked again.
      const done = await Promise.race([
        work().then(
          () => true,
          () => false,
        ),
        world.sleep(6000).then(() => false),
      ]);
      if (done) return;
      await world.sleep(world.between(20, 300));
    }
  }

  async function fault(): Promise<void> {
    const node = world.pick(nodes);
    const service = world.pick(services);
    const lengthMs = world.pick([world.between(5, 200), world.between(200, 1500), world.between(1500, 3000)]);
    const kinds: [string, () => void, () => void][] = [
      [`${node.name} stops`, () => node.machine.stop(), () => node.machine.goOn()],
      [`${service.name} stops`, () => service.machine.stop(), () => service.machine.goOn()],
      [`${node.name} is suspended`, () => node.machine.suspend(), () => node.machine.goOn()],
      [`${service.name} is suspended`, () => service.machine.suspend(), () => service.machine.goOn()],
      [`${node.name} is killed`, () => node.machine.kill(), () => node.start()],
      [`${service.name} is killed`, () => service.machine.kill(), () => service.start()],
      [`${node.name} loses its database`, () => setLink(node, 'reset'), () => setLink(node, 'up')],
      [`${node.name} speaks into the void`, () => setLink(node, 'swallows'), () => setLink(node, 'up')],
      [
        `${service.name} loses its balancer`,
        () => setLink(service, 'swallows'),
        () => setLink(service, 'up'),
      ],
      ['the database stops', () => database.primary.machine.stop(), () => database.primary.machine.goOn()],
      ['the database fails over', () => database.failOver(), () => {}],
      [
        'the database fails over with the next commit',
        () => {
          database.replicationLagMs = 30;
          database.atNextCommit = () => world.after(world.between(4, 25), () => database.failOver());
        },
        () => {
          database.replicationLagMs = 0;
          database.atNextCommit = null;
        },
      ],
      [
        'the database stops after the next commit',
        () => {
          const { primary } = database;
          database.atNextCommit = () =>
            world.after(world.between(8, 80), () => {
              primary.machine.stop();
              world.after(world.between(1500, 3000), () => primary.machine.goOn());
              lastFaultMs = Math.max(lastFaultMs, world.nowMs + 3000);
            });
        },
        () => {
          database.atNextCommit = null;
        },
      ],
      [
        `the wall clock of ${node.name} steps`,
        () => node.machine.stepWallClock(world.between(-9000, 9000)),
        () => {},
      ],
    ];
    const [what, begin, end] = world.pick(kinds);
    world.trace('fault', `${what}, for ${lengthMs.toFixed(0)} ms`);
    begin();
    await world.sleep(lengthMs);
    end();
    lastFaultMs = Math.max(lastFaultMs, world.nowMs);
    world.trace('fault', `over: ${what}`);
  }

  function setLink(at: Node | Service, state: 'up' | 'reset' | 'swallows'): void {
    (at instanceof Node ? at.toDatabase : at.toBalancer).state = state;
  }

  /** All is over, and a token that was never taken away must be good at every door. */
  async function recovery(): Promise<void> {
    for (const node of nodes) node.machine.goOn();
    const secret = generateSecret().reveal();
    const key = secretKey(hashAscii(secret, new Int32Array(8)));
    await insist(() =>
      world.pick(nodes).create({ id: 'tok_last', key, holderId: 'nobody', ownScopes: null }),
    );
    await world.sleep(Math.max(0, lastFaultMs + RECOVERY_MS - world.nowMs));
    await world.sleep(RECOVERY_MS);
    for (const door of doors) {
      void door.verify(secret, DEMAND).then((verdict) => {
        const outcome = verdict.outcome === 'refused' ? verdict.reason : verdict.outcome;
        if (outcome !== 'active')
          break_(`RECOVERY: ${door.name} answers ${outcome} after all faults are over`);
      });
    }
  }

  await world.run(200);
  for (let round = 0; round < ROUNDS; round++) {
    const together = world.chance(0.6) ? world.nowMs + world.between(300, 2500) : null;
    for (let at = 0; at < 2; at++) void holder(round, at, together);
    if (world.chance(0.4)) void exchanging(round);
    if (!calm) {
      for (let count = 1 + Math.floor(world.random() * 3); count > 0; count--) {
        world.after(world.between(0, 3500), () => void fault());
      }
    }
    if (world.chance(0.5)) world.after(world.between(0, 5000), () => database.prune(world.nowMs - 300));
    await world.run(world.nowMs + 6000);
  }
  await world.run(world.nowMs + 4000);
  void recovery();
  await world.run(world.nowMs + 4 * RECOVERY_MS);
  return { seed, violations, verdicts, accepted, revocations, log: world.log };
}
