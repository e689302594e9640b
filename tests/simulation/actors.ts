/** Nodes, and services that embed a verifier: the product's own protocol code, with sources that speak over links of the world. */

import type {
  AuthoritySource,
  Demand,
  LoadKey,
  Position,
  SyncAnswer,
  TokenVerifier,
  Verdict,
} from '@lencana/verifier/node';
import { SYSTEM } from '../../packages/server/src/core/access/actor.ts';
import type { Finality } from '../../packages/server/src/core/authority/finality.ts';
import type { FeedLoads, FreshnessFeed } from '../../packages/server/src/core/authority/freshness-feed.ts';
import type { TokenService } from '../../packages/server/src/core/tokens/token-service.ts';
import type { Database, Server } from './database.ts';
import type { Protocol } from './protocol.ts';
import { call, Link, Machine, type World } from './world.ts';

const LINK_MS = 1;
const DATABASE_TIMEOUT_MS = 400;
/** How long who asks for a look-up waits for it. */
export const LOAD_TIMEOUT_MS = 600;
const CHANGE_TIMEOUT_MS = 2000;
const HOLD_SHARE = 6;
/** So few that some are evicted. */
const ENTRIES_MAX = 4;

type Creation = Parameters<Database['creation']>[0];

/** Whoever answers "is this token good?". */
export interface Door {
  readonly machine: Machine;
  readonly name: string;
  verify(secret: string, demand: Demand): Promise<Verdict>;
  /** Begins anew after a kill, and at the beginning. */
  start(): void;
}

export class Node implements Door {
  readonly machine: Machine;
  readonly name: string;
  readonly toDatabase = new Link(LINK_MS);
  readonly freshnessMs: number;
  readonly #world: World;
  readonly #database: Database;
  readonly #protocol: Protocol;
  readonly #registersFirst: boolean;
  #starts = 0;
  #verifier!: TokenVerifier;
  #feed!: FreshnessFeed;
  #tokens!: TokenService;
  #finality!: Finality;
  /** The primary as the connections of this node know it: each learns of another in its own time. */
  #loadsFrom: Server;
  #syncsFrom: Server;

  constructor(
    world: World,
    database: Database,
    protocol: Protocol,
    name: string,
    freshnessMs: number,
    registersFirst: boolean,
  ) {
    this.#world = world;
    this.#database = database;
    this.#protocol = protocol;
    this.name = name;
    this.machine = new Machine(world, name);
    this.freshnessMs = freshnessMs;
    this.#registersFirst = registersFirst;
    this.#loadsFrom = database.primary;
    this.#syncsFrom = database.primary;
    this.start();
  }

  start(): void {
    const { machine, freshnessMs } = this;
    this.#starts++;
    this.#loadsFrom = this.#database.primary;
    this.#syncsFrom = this.#database.primary;
    this.#verifier = this.#protocol.createTokenVerifier({
      source: this.#source(`${this.name}/${this.#starts}`),
      clock: machine.clock,
      timer: machine.timer,
      freshnessMs,
      entriesMax: ENTRIES_MAX,
      negativesMax: 64,
    });
    const { lease } = this.#verifier;
    this.#feed = this.#protocol.createFreshnessFeed({
      verifier: this.#verifier,
      timer: machine.timer,
      freshnessMs,
    });
    this.#finality = this.#protocol.createFinality({
      monotonicMs: machine.clock.monotonicMs,
      wallMs: machine.clock.wallMs,
      wait: (ms) => new Promise((resolve) => machine.timer.after(ms, resolve)),
      freshnessMsMax: () =>
        this.#ask((server) => Math.max(0, ...server.state.nodes.values()), DATABASE_TIMEOUT_MS),
      hurry: lease.hurry,
    });
    this.#tokens = this.#tokenService();
  }

  hint(): void {
    this.machine.alive(() => this.#verifier.lease.hurry())();
  }

  verify(secret: string, demand: Demand): Promise<Verdict> {
    return this.#verifier.verify(secret, demand);
  }

  sync(after: Position | null, holdMs: number): Promise<SyncAnswer | null> {
    return this.#feed.sync(after, holdMs);
  }

  load(keys: readonly LoadKey[], after: Position | null): Promise<FeedLoads | null> {
    return this.#feed.load(keys, after);
  }

  create(token: Creation): Promise<void> {
    return this.#change((server) => this.#database.transact(server, this.#database.creation(token)));
  }

  /** By the product's own service: what it waits for is what is tried. */
  async revoke(tokenId: string): Promise<void> {
    const caller = { holderId: 'any', organizationId: 'default', viaToken: null, actor: SYSTEM };
    await this.#tokens.revoke(caller, tokenId);
  }

  async deactivate(holderId: string, active: boolean): Promise<void> {
    const deactivatedAtMs = active ? null : Math.round(this.machine.clock.monotonicMs());
    await this.changeHolder(holderId, { deactivatedAtMs });
    if (!active) await this.#finality.settled('The account is closed');
  }

  async giveRole(holderId: string, role: 'member' | 'viewer'): Promise<void> {
    await this.changeHolder(holderId, { role });
    if (role === 'viewer') await this.#finality.settled('The role is taken away');
  }

  changeHolder(holderId: string, change: Parameters<Database['holding']>[1]): Promise<void> {
    return this.#change((server) =>
      this.#database.transact(server, this.#database.holding(holderId, change)),
    );
  }

  exchange(...exchange: Parameters<Database['exchange']>): Promise<void> {
    return this.#change((server) => this.#database.transact(server, this.#database.exchange(...exchange)));
  }

  #ask<T>(work: (server: Server) => T | Promise<T>, timeoutMs: number): Promise<T> {
    const { primary } = this.#database;
    return call(this.#world, this.machine, primary.machine, this.toDatabase, timeoutMs, () => work(primary));
  }

  #askAt<T>(server: Server, work: () => T): Promise<T> {
    return call(this.#world, this.machine, server.machine, this.toDatabase, DATABASE_TIMEOUT_MS, work);
  }

  #change<T>(work: (server: Server) => Promise<T>): Promise<T> {
    return this.#ask(work, CHANGE_TIMEOUT_MS);
  }

  #source(nodeId: string): AuthoritySource {
    const { freshnessMs } = this;
    const database = this.#database;
    const register = () =>
      this.#change((server) => database.transact(server, database.registration(nodeId, freshnessMs)));
    if (!this.#registersFirst)
      void this.#world
        .sleep(700)
        .then(register)
        .catch(() => {});
    return {
      sync: async (from) => {
        const server = this.#syncsFrom;
        try {
          for (let turn = 0; turn < 2; turn++) {
            const answer = await this.#askAt(server, () => database.sync(server, from, nodeId, freshnessMs));
            // A pooled connection finds the new primary later than the one that syncs.
            if (this.#loadsFrom !== server && this.#world.chance(0.3)) this.#loadsFrom = server;
            if (answer) return answer;
            await register();
          }
        } catch (error) {
          this.#syncsFrom = database.primary;
          throw error;
        }
        throw new Error('not registered');
      },
      load: (key) => {
        const server = this.#loadsFrom;
        return call(this.#world, this.machine, server.machine, this.toDatabase, LOAD_TIMEOUT_MS, async () => {
          const answer = database.load(server, key);
          await this.#world.sleep(
            this.#world.chance(0.2) ? this.#world.between(0, database.slowestLoadMs) : 0.2,
          );
          return answer;
        }).catch((error: unknown) => {
          // A connection on which a load failed is not used again.
          if (this.#loadsFrom === server) this.#loadsFrom = database.primary;
          throw error;
        });
      },
      close: async () => {},
    };
  }

  #tokenService(): TokenService {
    const unused = () => {
      throw new Error('not a part of the simulation');
    };
    const { clock } = this.machine;
    const database = this.#database;
    return this.#protocol.createTokenService({
      store: {
        create: unused,
        list: unused,
        find: unused,
        findReply: unused,
        eraseReplies: unused,
        countMade: unused,
        revoke: async (which, atMs) => {
          if (!('ids' in which)) return unused();
          const [tokenId = ''] = which.ids;
          const revokedAtMs = await this.#change((server) =>
            database.transact(server, database.revocation(tokenId, atMs)),
          );
          return { revoked: [{ ...TOKEN, id: tokenId, revokedAtMs }], earlier: [], missing: [] };
        },
      },
      digester: { current: unused, all: unused },
      sealer: { keyDigest: unused, requestDigest: unused, seal: unused, open: unused },
      clock: () => Math.round(clock.monotonicMs()),
      finality: this.#finality,
      newTokenId: unused,
      tokensPerHolderMax: 1000,
      prefix: 'cldkctl_',
    });
  }
}

const TOKEN = {
  organizationId: 'default',
  holderId: 'any',
  name: 'any',
  masked: 'any',
  scopes: null,
  createdAtMs: 0,
  expiresAtMs: null,
  madeByTokenId: null,
  madeBySecretId: null,
  lastUsedAtMs: null,
  lastUsedAddress: null,
  lastUsedClient: null,
  lastUsedReportedBy: null,
};

/** A service whose verifier asks through a balancer: each time whichever node it is given. */
export class Service implements Door {
  readonly machine: Machine;
  readonly name: string;
  readonly toBalancer = new Link(LINK_MS);
  readonly #freshnessMs: number;
  readonly #world: World;
  readonly #nodes: readonly Node[];
  readonly #protocol: Protocol;
  #verifier!: TokenVerifier;

  constructor(world: World, nodes: readonly Node[], protocol: Protocol, name: string, freshnessMs: number) {
    this.#world = world;
    this.#nodes = nodes;
    this.#protocol = protocol;
    this.name = name;
    this.machine = new Machine(world, name);
    this.#freshnessMs = freshnessMs;
    this.start();
  }

  start(): void {
    this.#verifier = this.#protocol.createTokenVerifier({
      source: this.#source(),
      clock: this.machine.clock,
      timer: this.machine.timer,
      freshnessMs: this.#freshnessMs,
      pauseMs: 5,
      entriesMax: ENTRIES_MAX,
      negativesMax: 64,
    });
  }

  verify(secret: string, demand: Demand): Promise<Verdict> {
    return this.#verifier.verify(secret, demand);
  }

  #source(): AuthoritySource {
    const holdMs = this.#freshnessMs / HOLD_SHARE;
    let node = this.#world.pick(this.#nodes);
    const ask = async <T>(timeoutMs: number, work: (node: Node) => Promise<T | null>): Promise<T> => {
      // As a balancer with connections that are kept: the next node after a failure, and now and then.
      if (this.#world.chance(0.15)) node = this.#world.pick(this.#nodes);
      const asked = node;
      try {
        return await call(this.#world, this.machine, asked.machine, this.toBalancer, timeoutMs, async () => {
          const answer = await work(asked);
          if (answer === null) throw new Error('503');
          return answer;
        });
      } catch (error) {
        node = this.#world.pick(this.#nodes);
        throw error;
      }
    };
    return {
      sync: (from) =>
        ask(holdMs + DATABASE_TIMEOUT_MS, (node) => node.sync(from, from === null ? 0 : holdMs)),
      load: async (key, known) => {
        const told = await ask(LOAD_TIMEOUT_MS, (node) => node.load([key], known ?? null));
        const { wiredLoads, writeLoadAnswer, readLoadAnswers } = this.#protocol;
        const sent = JSON.stringify(writeLoadAnswer(wiredLoads(told, [key])));
        const [found] = readLoadAnswers(JSON.parse(sent), [key]);
        if (!found) throw new Error('no answer for the key');
        return found;
      },
      close: async () => {},
    };
  }
}
