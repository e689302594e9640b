/**
 * What the store does on somebody's authority, as the simulated database plays it: the steps of each transaction with time between them,
 * row locks, and what is committed when a step reads. The order of locking and looking, and the judgement, are the product's
 * (core/authority/standing.ts); `rules` takes out what lives in SQL. Notes by itself what was made on an authority that was gone.
 */
import type { Actor } from '../../packages/server/src/core/access/actor.ts';
import type {
  AuthorityRows,
  Basis,
  establishAuthority,
} from '../../packages/server/src/core/authority/standing.ts';
import type { NotCreated } from '../../packages/server/src/core/ports.ts';
import type { KeptReply } from '../../packages/server/src/core/replies/kept-replies.ts';
import type { Token } from '../../packages/server/src/core/tokens/token.ts';
import {
  type Account,
  type Change,
  copyOf,
  EMPTY,
  type MintedToken,
  revokeIn,
  type State,
  whatIsGone,
} from './minting-state.ts';
import { RowLocks } from './row-locks.ts';
import type { World } from './world.ts';

/** Each is true in the product. */
export type MintingRules = {
  /** Who makes something locks the holder's row. */
  readonly makingLocks: boolean;
  /** Who takes something away locks the holder's row before anything is read. */
  readonly takingLocks: boolean;
  /** Who makes something locks the row of the token or session that acts. */
  readonly locksWhatActs: boolean;
  /** A row is read once its lock is had; else as it was when the transaction began. */
  readonly readsUnderLock: boolean;
  /** A kept reply is looked up on an authority that stands. */
  readonly replayRestsOnAuthority: boolean;
  /** What a token made is followed to what that made; else it ends with the first generation. */
  readonly madeRecursively: boolean;
  /** What a token made is followed through tokens that were deleted before. */
  readonly madeThroughDeleted: boolean;
};

export const PRODUCT_MINTING: MintingRules = {
  makingLocks: true,
  takingLocks: true,
  locksWhatActs: true,
  readsUnderLock: true,
  replayRestsOnAuthority: true,
  madeRecursively: true,
  madeThroughDeleted: true,
};

/** How long a transaction stands still where its node does, in milliseconds. */
const STALL_MS = 300;

class Server {
  readonly state: State;
  readonly locks: RowLocks;
  isFenced = false;

  constructor(world: World, state: State) {
    this.state = state;
    this.locks = new RowLocks(world);
  }
}

/** One transaction: what it may see, the rows that it holds, and how it ends. */
type Transaction = {
  /** As of now, of what is committed. */
  readonly seen: () => State;
  readonly lock: (row: string) => Promise<void>;
  readonly step: () => Promise<void>;
  readonly commit: (change: Change) => Promise<void>;
};

export class MintingDatabase {
  readonly #world: World;
  readonly #rules: MintingRules;
  readonly #establish: typeof establishAuthority;
  #server: Server;
  /** What a standby has: it takes over with that. */
  #replica: State = copyOf(EMPTY);
  #replicatedMs = 0;

  constructor(world: World, rules: MintingRules, establish: typeof establishAuthority) {
    this.#world = world;
    this.#rules = rules;
    this.#establish = establish;
    this.#server = new Server(world, copyOf(EMPTY));
  }

  get state(): State {
    return this.#server.state;
  }

  /** What was committed and is not replicated yet is lost; so is every transaction that is under way. */
  failOver(): void {
    this.#server.isFenced = true;
    this.#server = new Server(this.#world, copyOf(this.#replica));
  }

  /** Past every lock, before anything happens. */
  seed(change: Change): void {
    change(this.#server.state);
    change(this.#replica);
  }

  async mint(token: Token, reply: KeptReply | null, actor: Actor): Promise<'created' | NotCreated> {
    return this.#onAuthority(actor, { accounts: [token.holderId] }, 'making', async (transaction) => {
      const replyKey = reply && keyOf(reply.keyDigest);
      if (replyKey && transaction.seen().replies.has(replyKey)) return 'replied';
      let gone: string | null | undefined;
      await transaction.commit((state) => {
        if (gone === undefined) gone = whatIsGone(state, actor);
        state.tokens.set(token.id, { ...token, makerId: actor.tokenId, gone });
        if (reply && replyKey) state.replies.set(replyKey, reply);
      });
      return 'created';
    });
  }

  /** `gone`: what of the authority was gone when the reply was read. */
  async findReply(
    keyDigest: Uint8Array,
    actor: Actor,
  ): Promise<{ readonly reply: KeptReply; readonly gone: string | null } | null> {
    const key = keyOf(keyDigest);
    const read = (state: State) => {
      const reply = state.replies.get(key);
      return reply ? { reply, gone: whatIsGone(state, actor) } : null;
    };
    await this.#step();
    if (!this.#server.state.replies.has(key)) return null;
    if (!this.#rules.replayRestsOnAuthority) {
      await this.#step();
      return read(this.#server.state);
    }
    return this.#onAuthority(actor, {}, 'making', async (transaction) => {
      const found = read(transaction.seen());
      await transaction.commit(() => {});
      return found;
    });
  }

  async revoke(
    which: { readonly tokenId: string; readonly withMade: boolean } | { readonly holderId: string },
    holderId: string,
    atMs: number,
    actor: Actor,
  ): Promise<{ readonly revoked: MintedToken[]; readonly earlier: MintedToken[] }> {
    return this.#onAuthority(actor, { accounts: [holderId] }, 'taking', async (transaction) => {
      const ids = this.#idsOf(transaction.seen(), which);
      await transaction.step();
      for (const id of ids) await transaction.lock(`token:${id}`);
      const before = ids.flatMap((id) => transaction.seen().tokens.get(id) ?? []);
      await transaction.commit((state) => revokeIn(state, ids, atMs));
      return {
        revoked: before.filter(({ revokedAtMs }) => revokedAtMs === null),
        earlier: before.filter(({ revokedAtMs }) => revokedAtMs !== null),
      };
    });
  }

  /** One statement past the program: it locks the row that it changes and no other. */
  async revokeByHand(tokenId: string, atMs: number): Promise<void> {
    await this.#transact(async (transaction) => {
      await transaction.lock(`token:${tokenId}`);
      await transaction.commit((state) => revokeIn(state, [tokenId], atMs));
    });
  }

  async changeAccount(userId: string, change: (account: Account) => Account, actor: Actor): Promise<void> {
    await this.#onAuthority(actor, { accounts: [userId] }, 'taking', async (transaction) => {
      await transaction.lock(`user:${userId}`);
      await transaction.commit((state) => {
        const account = state.accounts.get(userId);
        if (account) state.accounts.set(userId, change(account));
      });
    });
  }

  async endSession(userId: string, sessionId: string, actor: Actor): Promise<void> {
    await this.#onAuthority(actor, { accounts: [userId] }, 'taking', async (transaction) => {
      await transaction.lock(`session:${sessionId}`);
      await transaction.commit((state) => state.sessions.delete(sessionId));
    });
  }

  #idsOf(
    { tokens }: State,
    which: { readonly tokenId: string; readonly withMade: boolean } | { readonly holderId: string },
  ): string[] {
    if ('holderId' in which) {
      return [...tokens.values()]
        .filter(({ holderId, revokedAtMs }) => holderId === which.holderId && revokedAtMs === null)
        .map(({ id }) => id);
    }
    const { madeRecursively, madeThroughDeleted } = this.#rules;
    const ids = new Set([which.tokenId]);
    if (!which.withMade) return [...ids];
    // A set goes on to what is added to it meanwhile.
    for (const id of ids) {
      if (id !== which.tokenId && !madeRecursively) break;
      if (id !== which.tokenId && !madeThroughDeleted && tokens.get(id)?.revokedAtMs !== null) continue;
      for (const token of tokens.values()) if (token.madeByTokenId === id) ids.add(token.id);
    }
    return [...ids];
  }

  #onAuthority<T>(
    actor: Actor,
    basis: Basis,
    as: 'making' | 'taking',
    work: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    const locks = as === 'making' ? this.#rules.makingLocks : this.#rules.takingLocks;
    return this.#transact(async (transaction) => {
      await this.#establish(this.#rowsOf(transaction, locks), actor, basis);
      await transaction.step();
      return work(transaction);
    });
  }

  #rowsOf({ seen, lock, step }: Transaction, locks: boolean): AuthorityRows {
    return {
      lockAccounts: async (ids) => {
        await step();
        if (locks) for (const id of ids) await lock(`user:${id}`);
        const { accounts } = seen();
        return new Map(
          ids.flatMap((id) => {
            const account = accounts.get(id);
            return account ? [[id, { id, ...account }] as const] : [];
          }),
        );
      },
      lockToken: async (tokenId, _secretId, holderId) => {
        await step();
        if (this.#rules.locksWhatActs) await lock(`token:${tokenId}`);
        const token = seen().tokens.get(tokenId);
        if (!token || token.holderId !== holderId) return null;
        return { revokedAtMs: token.revokedAtMs, expiresAtMs: null, secret: { endsAtMs: null }, nowMs: 0 };
      },
      lockSession: async (sessionId, userId) => {
        await step();
        if (this.#rules.locksWhatActs) await lock(`session:${sessionId}`);
        const session = seen().sessions.get(sessionId);
        if (!session || session.userId !== userId) return null;
        return { credentialEpoch: session.credentialEpoch, expiresAtMs: 1, nowMs: 0 };
      },
      hasPasskey: async () => false,
    };
  }

  async #transact<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const server = this.#server;
    const snapshot = this.#rules.readsUnderLock ? null : copyOf(server.state);
    const held = new Map<string, () => void>();
    try {
      return await work({
        seen: () => snapshot ?? server.state,
        step: () => this.#step(),
        lock: async (row) => {
          if (!held.has(row)) held.set(row, await server.locks.take(row));
        },
        commit: (change) => this.#commit(server, change),
      });
    } finally {
      for (const free of held.values()) free();
    }
  }

  /** Acknowledged when a standby has it, in the order of commits. */
  async #commit(server: Server, change: Change): Promise<void> {
    const world = this.#world;
    await this.#step();
    if (server.isFenced) throw new Error('fenced');
    change(server.state);
    this.#replicatedMs = Math.max(this.#replicatedMs + 1e-6, world.nowMs + world.between(0.2, 3));
    await world.sleep(this.#replicatedMs - world.nowMs);
    if (server.isFenced) throw new Error('fenced');
    change(this.#replica);
  }

  /** One way to the database and back; now and then the node stands still in between. */
  #step(): Promise<void> {
    const world = this.#world;
    return world.sleep(world.chance(0.04) ? world.between(0, STALL_MS) : world.between(0, 4));
  }
}

const keyOf = (digest: Uint8Array) => Buffer.from(digest).toString('latin1');
