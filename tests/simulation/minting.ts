/**
 * One run of a seed in which tokens and sessions make tokens, and ask again with the same idempotency key, while their authority is
 * taken away in every way there is, at two nodes on one database. Gives what was broken of the promises, in words. Whoever asks was let
 * in before: what is tried is the transaction of the write.
 */
import { type Actor, SYSTEM } from '../../packages/server/src/core/access/actor.ts';
import { MintingDatabase, type MintingRules, PRODUCT_MINTING } from './minting-database.ts';
import { MintingNode } from './minting-node.ts';
import type { MintedToken } from './minting-state.ts';
import { type Protocol, product } from './protocol.ts';
import { Machine, World } from './world.ts';

export type MintingRun = {
  readonly seed: number;
  readonly violations: readonly string[];
  /** How many calls made something or gave a kept reply, how many were refused, and how many takings returned. */
  readonly minted: number;
  readonly replayed: number;
  readonly refused: number;
  readonly takings: number;
  readonly log: readonly string[];
};

export type MintingOptions = {
  readonly protocol?: Protocol;
  readonly rules?: Partial<MintingRules>;
  readonly tracing?: boolean;
};

const WAYS = [
  'token',
  'token with what it made',
  'token with what it made',
  'token by hand',
  'all tokens',
  'session',
  'password',
  'role',
  'account',
] as const;
type Way = (typeof WAYS)[number];
/** These take along what nobody has named. */
const SWEEPS: readonly Way[] = ['token with what it made', 'all tokens'];

const HOLDERS = 2;
const LOOPS = 4;
const SESSIONS = 2;
const TAKEN_FROM_MS = 150;
const TAKEN_UNTIL_MS = 700;
const RETRY_MS = 200;
const AUTHORITIES_MAX = 12;
/** What is said of an authority that does not stand. */
const SAYS_GONE = ['invalid_token', 'unauthenticated', 'forbidden', 'account_deactivated'];

/** Whoever may ask. Virtual instants; null: not yet. `goneAtMs`: a call that took it away has returned. */
type Authority = {
  readonly actor: Actor;
  readonly name: string;
  takingSinceMs: number | null;
  goneAtMs: number | null;
};

type Holder = {
  readonly id: string;
  readonly authorities: Authority[];
  readonly keys: { readonly by: Actor; readonly key: string; readonly id: string }[];
  /** Since when what the holder has, known or not, is being taken away; null: it is not. */
  sweptSinceMs: number | null;
};

/** What was to go with all that it had made, and the instant at which the call returned. */
type TakenWithMade = { readonly ids: readonly string[]; readonly way: Way };

export async function simulateMinting(seed: number, options: MintingOptions = {}): Promise<MintingRun> {
  const world = new World(seed, options.tracing ?? false);
  const protocol = options.protocol ?? product;
  const rules = { ...PRODUCT_MINTING, ...options.rules };
  const database = new MintingDatabase(world, rules, protocol.establishAuthority);
  const machine = new Machine(world, 'database');
  const nodes = [1, 2].map((at) => new MintingNode(world, `node ${at}`, database, machine, protocol));
  // Every fifth run is calm: in it nothing may fail that stands.
  const calm = seed % 5 === 0;
  const violations: string[] = [];
  const counts = { minted: 0, replayed: 0, refused: 0, takings: 0 };
  const takenWithMade: TakenWithMade[] = [];
  let tokens = 0;

  const break_ = (what: string) => {
    violations.push(`at ${world.nowMs.toFixed(1)} ms: ${what}`);
    world.trace('VIOLATION', what);
  };

  function newHolder(at: number): Holder {
    const id = `holder_${at}`;
    const sessions = Array.from({ length: SESSIONS }, (_, session) => `session_${at}_${session}`);
    database.seed(({ accounts, sessions: rows }) => {
      accounts.set(id, { role: 'member', isActive: true, credentialEpoch: 0 });
      for (const session of sessions) rows.set(session, { userId: id, credentialEpoch: 0 });
    });
    const authorities = sessions.map((sessionId) =>
      authorityOf(sessionId, {
        ...SYSTEM,
        kind: 'user',
        way: 'portal',
        onBehalfOf: id,
        role: 'member',
        sessionId,
      }),
    );
    return { id, authorities, keys: [], sweptSinceMs: null };
  }

  /** Makes tokens on whatever the holder has, those that were made and those that are being taken away too. */
  async function makeAround(holder: Holder, untilMs: number): Promise<void> {
    while (world.nowMs < untilMs) {
      await world.sleep(world.between(0, 120));
      // What is being taken away is asked with the most.
      const going = holder.authorities.filter(({ takingSinceMs }) => takingSinceMs !== null);
      const by = world.pick(going.length > 0 && world.chance(0.6) ? going : holder.authorities);
      const again = holder.keys.filter((kept) => kept.by === by.actor);
      if (again.length > 0 && world.chance(0.3)) {
        const { key, id } = world.pick(again);
        await ask(holder, by, key, `${id}_again`);
        continue;
      }
      tokens++;
      const id = `tok_${tokens}`;
      const key = world.chance(0.5) ? `key-${id}` : null;
      if (key !== null) holder.keys.push({ by: by.actor, key, id });
      await ask(holder, by, key, id);
    }
  }

  async function ask(holder: Holder, by: Authority, key: string | null, id: string): Promise<void> {
    const startedAtMs = world.nowMs;
    const node = world.pick(nodes);
    try {
      const { token, gone } = await orNever(node.mint(by.actor, id, key));
      const isReply = token.id !== id;
      world.trace(node.machine.name, `${by.name} ${isReply ? 'is told again of' : 'makes'} ${token.id}`);
      if (isReply) counts.replayed++;
      else counts.minted++;
      if (gone !== null) break_(`REPLAY: ${by.name} is told again of ${token.id} when ${gone}`);
      if (by.goneAtMs !== null && startedAtMs > by.goneAtMs) {
        break_(
          `MINT: ${by.name} gets ${token.id}, asked at ${startedAtMs.toFixed(1)}, gone at ${by.goneAtMs.toFixed(1)}`,
        );
      }
      if (!isReply && holder.authorities.length < AUTHORITIES_MAX) {
        holder.authorities.push({
          ...tokenAuthority(holder.id, token.id),
          takingSinceMs: holder.sweptSinceMs,
        });
      }
    } catch (error) {
      const code = (error as { code?: string }).code ?? 'no answer';
      world.trace(node.machine.name, `${by.name} gets nothing: ${(error as Error).message}`);
      counts.refused++;
      // A reply whose token is deleted conflicts, whoever asks.
      const stands = by.takingSinceMs === null && code !== 'idempotency_conflict';
      if (stands && (calm || SAYS_GONE.includes(code))) break_(`LIVE: ${by.name} stands and gets ${code}`);
    }
  }

  async function takeAway(holder: Holder, atMs: number, ways: readonly Way[] = WAYS): Promise<void> {
    await world.sleep(atMs - world.nowMs);
    const way = world.pick(ways);
    const standing = holder.authorities.filter(({ goneAtMs }) => goneAtMs === null);
    const target = world.pick(
      standing.filter(({ actor }) => (actor.tokenId === null) === (way === 'session')),
    );
    if (!target && (way.startsWith('token') || way === 'session')) return;
    world.trace('taking', `${way} of ${holder.id}: ${target?.name}`);
    for (const authority of covered(holder, way, target)) authority.takingSinceMs ??= world.nowMs;
    if (way === 'role' || way === 'account' || SWEEPS.includes(way)) holder.sweptSinceMs ??= world.nowMs;
    const taken = await insist(() => call(holder.id, way, target?.actor ?? SYSTEM));
    counts.takings++;
    world.trace('taking', `returned: ${way} of ${holder.id}: ${target?.name}`);
    // Of what goes with what it made, the answer says what that was.
    const names = SWEEPS.includes(way);
    for (const authority of covered(holder, way, target)) {
      if (names && !taken.includes(authority.actor.tokenId ?? '')) continue;
      authority.takingSinceMs ??= world.nowMs;
      authority.goneAtMs ??= world.nowMs;
    }
    if (names) takenWithMade.push({ ids: taken, way });
  }

  async function call(holderId: string, way: Way, { tokenId, sessionId }: Actor): Promise<readonly string[]> {
    const node = world.pick(nodes);
    switch (way) {
      case 'token':
      case 'token with what it made':
        return node.revoke(holderId, tokenId ?? '', way !== 'token');
      case 'all tokens':
        return node.revokeAllOf(holderId);
      case 'token by hand':
        await node.revokeByHand(tokenId ?? '');
        return [];
      case 'session':
        await node.endSession(holderId, sessionId ?? '');
        return [];
      case 'password':
        await node.changeAccount(holderId, (account) => ({ ...account, credentialEpoch: 1 }));
        return [];
      case 'role':
        await node.changeAccount(holderId, (account) => ({ ...account, role: 'viewer' }));
        return [];
      case 'account':
        await node.changeAccount(holderId, (account) => ({ ...account, isActive: false }));
        return [];
    }
  }

  /** What is taken away by it, of what is known by now. With what a token made, all that may be. */
  function covered(holder: Holder, way: Way, target: Authority | undefined): Authority[] {
    return holder.authorities.filter((authority) => {
      const { tokenId } = authority.actor;
      switch (way) {
        case 'role':
        case 'account':
          return true;
        case 'password':
          return tokenId === null;
        case 'all tokens':
        case 'token with what it made':
          return tokenId !== null;
        default:
          return authority === target;
      }
    });
  }

  async function insist<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await orNever(work());
      } catch {
        await world.sleep(world.between(20, RETRY_MS));
      }
    }
  }

  /** What hangs on a machine that stands still is given up. */
  const orNever = <T>(work: Promise<T>): Promise<T> =>
    Promise.race([work, world.sleep(5000).then(() => Promise.reject(new Error('given up')))]);

  async function fault(): Promise<void> {
    const node = world.pick(nodes);
    const kinds: [string, () => void, () => void][] = [
      ['the database fails over', () => database.failOver(), () => {}],
      ['the database stops', () => machine.stop(), () => machine.goOn()],
      [`${node.machine.name} stops`, () => node.machine.stop(), () => node.machine.goOn()],
      [
        `${node.machine.name} loses its database`,
        () => {
          node.toDatabase.state = 'swallows';
        },
        () => {
          node.toDatabase.state = 'up';
        },
      ],
    ];
    const [what, begin, end] = world.pick(kinds);
    world.trace('fault', what);
    begin();
    await world.sleep(world.between(5, 400));
    end();
    world.trace('fault', `over: ${what}`);
  }

  /** Judges what is there at the end, by who made it indeed. */
  function judgeRows(): void {
    const rows = [...database.state.tokens.values()];
    for (const { id, gone } of rows) if (gone !== null) break_(`MINT: ${id} was made when ${gone}`);
    const livingBelow = (id: string): MintedToken[] =>
      rows
        .filter(({ makerId }) => makerId === id)
        .flatMap((made) => [...(made.revokedAtMs === null ? [made] : []), ...livingBelow(made.id)]);
    for (const { ids, way } of takenWithMade) {
      const [first] = ids;
      const roots = way === 'all tokens' ? ids : first === undefined ? [] : [first];
      for (const root of roots)
        for (const { id } of livingBelow(root))
          break_(`MADE: ${id} lives, and ${root} went with what it made`);
    }
  }

  const holders = Array.from({ length: HOLDERS }, (_, at) => newHolder(at));
  for (const holder of holders) {
    for (let loop = 0; loop < LOOPS; loop++) void makeAround(holder, TAKEN_UNTIL_MS + 1400);
    const takings = world.chance(0.5) ? 2 : 1;
    for (let taking = 0; taking < takings; taking++)
      void takeAway(holder, world.between(TAKEN_FROM_MS, TAKEN_UNTIL_MS));
    // Of what was made by then, some is gone already.
    if (world.chance(0.5))
      void takeAway(holder, TAKEN_UNTIL_MS + world.between(0, 1000), ['token with what it made']);
  }
  if (!calm)
    for (let count = world.chance(0.5) ? 1 : 2; count > 0; count--)
      world.after(world.between(0, 1500), () => void fault());
  await world.run(9000);
  judgeRows();
  return { seed, violations, ...counts, log: world.log };
}

function authorityOf(name: string, actor: Actor): Authority {
  return { name, actor, takingSinceMs: null, goneAtMs: null };
}

const tokenAuthority = (holderId: string, tokenId: string): Authority =>
  authorityOf(tokenId, {
    ...SYSTEM,
    kind: 'token',
    way: 'api',
    onBehalfOf: holderId,
    role: 'member',
    tokenId,
    secretId: tokenId,
  });
