/** A node as it makes and takes away: the product's token service and its wait, over a simulated database. Verifies nothing. */
import { type Actor, operatorBy } from '../../packages/server/src/core/access/actor.ts';
import type { Finality } from '../../packages/server/src/core/authority/finality.ts';
import type { KeyedCall } from '../../packages/server/src/core/replies/kept-replies.ts';
import type { Created, TokenService } from '../../packages/server/src/core/tokens/token-service.ts';
import type { MintingDatabase } from './minting-database.ts';
import type { Account } from './minting-state.ts';
import type { Protocol } from './protocol.ts';
import { call, Link, Machine, type World } from './world.ts';

const LINK_MS = 1;
const CHANGE_TIMEOUT_MS = 2000;
const S_MS = 1000;
const OPERATOR = operatorBy('simulation');

/** `gone`: a reply was given out that was read when this of its authority was gone; null: none was. */
export type Minted = Created & { readonly gone: string | null };

export class MintingNode {
  readonly machine: Machine;
  readonly toDatabase = new Link(LINK_MS);
  readonly #world: World;
  readonly #databaseMachine: Machine;
  readonly #database: MintingDatabase;
  readonly #protocol: Protocol;
  readonly #finality: Finality;

  constructor(
    world: World,
    name: string,
    database: MintingDatabase,
    databaseMachine: Machine,
    protocol: Protocol,
  ) {
    this.#world = world;
    this.#database = database;
    this.#databaseMachine = databaseMachine;
    this.#protocol = protocol;
    const machine = new Machine(world, name);
    this.machine = machine;
    this.#finality = protocol.createFinality({
      monotonicMs: machine.clock.monotonicMs,
      wallMs: machine.clock.wallMs,
      wait: (ms) => new Promise((resolve) => machine.timer.after(ms, resolve)),
      freshnessMsMax: async () => S_MS,
      hurry: () => {},
    });
  }

  /** As a call whose presented token or session was found good some time ago. */
  async mint(actor: Actor, tokenId: string, key: string | null): Promise<Minted> {
    const noted: { gone: string | null } = { gone: null };
    const service = this.#tokens(tokenId, noted);
    const viaToken = actor.tokenId === null ? null : { id: actor.tokenId, scopes: null, expiresAtMs: null };
    const holderId = actor.onBehalfOf ?? '';
    const request = { name: key ?? tokenId };
    const created = await service.create(
      { holderId, organizationId: 'default', viaToken, actor },
      request,
      key,
    );
    return { ...created, gone: noted.gone };
  }

  async revoke(holderId: string, tokenId: string, withMade: boolean): Promise<readonly string[]> {
    const caller = { holderId, organizationId: 'default', viaToken: null, actor: OPERATOR };
    const { token, madeToo } = await this.#tokens('', { gone: null }).revoke(caller, tokenId, withMade);
    return [token, ...madeToo].map(({ id }) => id);
  }

  async revokeAllOf(holderId: string): Promise<readonly string[]> {
    const { revoked } = await this.#tokens('', { gone: null }).revokeMany(OPERATOR, { holderId });
    return revoked.map(({ id }) => id);
  }

  async revokeByHand(tokenId: string): Promise<void> {
    await this.#ask(() => this.#database.revokeByHand(tokenId, this.#nowMs()));
    await this.#finality.settled('The token is deleted');
  }

  async changeAccount(userId: string, change: (account: Account) => Account): Promise<void> {
    await this.#ask(() => this.#database.changeAccount(userId, change, OPERATOR));
    await this.#finality.settled('The account is changed');
  }

  /** Nobody caches a session: it is over with the commit. */
  async endSession(userId: string, sessionId: string): Promise<void> {
    await this.#ask(() => this.#database.endSession(userId, sessionId, OPERATOR));
  }

  #nowMs(): number {
    return Math.round(this.machine.clock.wallMs());
  }

  #ask<T>(work: () => Promise<T>): Promise<T> {
    return call(this.#world, this.machine, this.#databaseMachine, this.toDatabase, CHANGE_TIMEOUT_MS, work);
  }

  #tokens(newTokenId: string, noted: { gone: string | null }): TokenService {
    const database = this.#database;
    const unused = () => {
      throw new Error('not a part of the simulation');
    };
    return this.#protocol.createTokenService({
      store: {
        list: unused,
        eraseReplies: unused,
        countMade: unused,
        find: async (holderId, tokenId) => {
          const token = await this.#ask(async () => database.state.tokens.get(tokenId));
          return token?.holderId === holderId ? token : null;
        },
        create: (token, _nameKey, _secret, reply, actor) =>
          this.#ask(() => database.mint(token, reply, actor)),
        findReply: async (keyDigest, _nowMs, actor) => {
          const found = await this.#ask(() => database.findReply(keyDigest, actor));
          noted.gone = found?.gone ?? null;
          return found?.reply ?? null;
        },
        revoke: async (which, atMs, actor) => {
          const taken =
            'ids' in which
              ? { tokenId: which.ids[0] ?? '', withMade: which.withMade ?? false }
              : { holderId: which.holderId };
          const done = await this.#ask(() => database.revoke(taken, which.holderId ?? '', atMs, actor));
          return { ...done, missing: [] };
        },
      },
      digester: { current: () => ({ digest: new Uint8Array(), keyVersion: 1 }), all: unused },
      sealer: SEALER,
      clock: () => this.#nowMs(),
      finality: this.#finality,
      newTokenId: () => newTokenId,
      tokensPerHolderMax: 1000,
      prefix: 'cldkctl_',
    });
  }
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Hides nothing: what is tried is who is given a reply, not who can read it. */
const SEALER = {
  keyDigest: ({ route, holderId, key }: KeyedCall) => bytesOf(`${route} ${holderId} ${key}`),
  requestDigest: ({ body }: KeyedCall) => bytesOf(JSON.stringify(body)),
  seal: (_call: KeyedCall, text: string) => bytesOf(text),
  open: (_call: KeyedCall, sealed: Uint8Array) => new TextDecoder().decode(sealed),
};
