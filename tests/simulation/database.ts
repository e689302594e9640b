/**
 * The database of the simulation: transactions whose append and commit can be seen apart, a synchronous replica, failover, and
 * pruning. `rules` takes mechanisms out that live in SQL and connections, where no source text of the protocol could be changed.
 */
import type {
  HolderEntry,
  LoadAnswer,
  LoadKey,
  Position,
  SecretEntry,
  Subject,
  SyncAnswer,
} from '@lencana/verifier/node';
import { Machine, type World } from './world.ts';

/** Each is true in the product. */
export type DatabaseRules = {
  /** A seq is drawn at the commit, under a lock that is held until it is visible; else at the append. */
  readonly seqInCommitOrder: boolean;
  /** A sync reads on a connection of its own; else it sees what is appended and not committed. */
  readonly readsCommittedOnly: boolean;
  /** A sync writes: a primary that was fenced off answers none. */
  readonly syncWrites: boolean;
  /** A creation is logged. */
  readonly logsCreations: boolean;
  /** A node registers before its first sync. */
  readonly registersFirst: boolean;
};

export const PRODUCT: DatabaseRules = {
  seqInCommitOrder: true,
  readsCommittedOnly: true,
  syncWrites: true,
  logsCreations: true,
  registersFirst: true,
};

type Entry = { readonly seq: number; readonly subject: Subject; readonly atMs: number };

type Token = {
  readonly id: string;
  readonly key: LoadKey;
  readonly holderId: string;
  revokedAtMs: number | null;
  /** null: all that its holder may do. */
  ownScopes: readonly string[] | null;
};

type Role = 'member' | 'viewer';
type Holder = { deactivatedAtMs: number | null; role: Role; name: string };
const HOLDER: Holder = { deactivatedAtMs: null, role: 'member', name: 'any' };

/** Rows and log as they are committed. */
type State = {
  lastSeq: number;
  keptAfterSeq: number;
  log: Entry[];
  tokens: Map<string, Token>;
  /** Those of whom something was changed. */
  holders: Map<string, Holder>;
  nodes: Map<string, number>;
};

/** Changes rows and says what to log. */
type Change<T> = (state: State) => { readonly result: T; readonly subjects: readonly Subject[] };

const copyOf = (state: State): State => ({
  ...state,
  log: [...state.log],
  tokens: new Map([...state.tokens].map(([key, token]) => [key, { ...token }])),
  holders: new Map([...state.holders].map(([id, holder]) => [id, { ...holder }])),
  nodes: new Map(state.nodes),
});

/** One server of the cluster. */
class Server {
  readonly machine: Machine;
  readonly history: string;
  state: State;
  fenced = false;
  /** Logged by transactions that are not committed. */
  pending: Entry[] = [];

  constructor(machine: Machine, history: string, state: State) {
    this.machine = machine;
    this.history = history;
    this.state = state;
  }
}

export class Database {
  readonly #world: World;
  readonly #rules: DatabaseRules;
  #replica: State;
  #failovers = 0;
  #replicatedMs = 0;
  primary: Server;
  /** Until somebody notices, loads may still go here. */
  previous: Server | null = null;
  onCommit: () => void = () => {};
  /** Once, at the next change of authority that is committed, before it is replicated. */
  atNextCommit: (() => void) | null = null;
  /** How long an answer to a look-up may be on its way, in milliseconds. */
  slowestLoadMs = 300;
  /** How long the way to the replica takes beyond the ordinary, in milliseconds. */
  replicationLagMs = 0;

  constructor(world: World, rules: DatabaseRules) {
    this.#world = world;
    this.#rules = rules;
    const empty: State = {
      lastSeq: 0,
      keptAfterSeq: 0,
      log: [],
      tokens: new Map(),
      holders: new Map(),
      nodes: new Map(),
    };
    this.#replica = copyOf(empty);
    this.primary = new Server(new Machine(world, 'database'), 'history-0', empty);
  }

  /** Commits, replicates, then answers; a primary that was fenced off meanwhile answers nothing of use. */
  async transact<T>(server: Server, change: Change<T>): Promise<T> {
    const world = this.#world;
    if (server.fenced) throw new Error('fenced');
    const early: Entry[] = [];
    if (!this.#rules.seqInCommitOrder || !this.#rules.readsCommittedOnly) {
      // What it will log is known to nobody but the transaction yet; what it changes is read at the commit.
      const { subjects } = change(copyOf(server.state));
      for (const subject of subjects) early.push(this.#entry(server.state, subject));
      server.pending.push(...early);
    }
    await world.sleep(world.between(0, world.chance(0.3) ? 60 : 8));
    if (server.fenced) throw new Error('fenced');
    const { result, subjects } = change(server.state);
    const entries = early.length > 0 ? early : subjects.map((subject) => this.#entry(server.state, subject));
    server.pending = server.pending.filter((entry) => !entries.includes(entry));
    server.state.log.push(...entries);
    server.state.log.sort((one, other) => one.seq - other.seq);
    if (subjects.length > 0) {
      this.onCommit();
      const { atNextCommit } = this;
      this.atNextCommit = null;
      atNextCommit?.();
    }
    // Seen by others here, and acknowledged when a standby has it, in the order of commits.
    this.#replicatedMs = Math.max(
      this.#replicatedMs + 1e-6,
      world.nowMs + this.replicationLagMs + world.between(0.2, 3),
    );
    await world.sleep(this.#replicatedMs - world.nowMs);
    if (server.fenced) throw new Error('fenced');
    change(this.#replica);
    this.#replica.log.push(...entries);
    this.#replica.lastSeq = Math.max(this.#replica.lastSeq, ...entries.map(({ seq }) => seq));
    return result;
  }

  #entry(state: State, subject: Subject): Entry {
    state.lastSeq++;
    return { seq: state.lastSeq, subject, atMs: this.#world.nowMs };
  }

  sync(server: Server, from: Position | null, nodeId: string, leaseMs: number): SyncAnswer | null {
    const { state } = server;
    if (server.fenced && this.#rules.syncWrites) throw new Error('fenced');
    if (this.#rules.registersFirst && !state.nodes.has(nodeId)) return null;
    const visible = this.#rules.readsCommittedOnly ? state.log : [...state.log, ...server.pending];
    const seq = Math.max(state.keptAfterSeq, ...visible.map((entry) => entry.seq));
    const changes =
      from === null ? null : visible.filter((entry) => entry.seq > from.seq).map(({ subject }) => subject);
    const nowMs = server.machine.clock.wallMs();
    return { history: server.history, seq, changes, keptAfterSeq: state.keptAfterSeq, leaseMs, nowMs };
  }

  load(server: Server, key: LoadKey): LoadAnswer {
    const { history, state } = server;
    const seq = Math.max(state.keptAfterSeq, ...state.log.map((entry) => entry.seq));
    const place = { history, seq };
    if (key.startsWith('user:')) return { ...place, entries: [this.#holderEntry(server, key)] };
    const token = state.tokens.get(key);
    if (!token) return { ...place, entries: [{ key, value: null, subjects: [key as Subject] }] };
    const { id, holderId, revokedAtMs, ownScopes } = token;
    const value: SecretEntry = {
      secretId: id,
      secretEndsAtMs: null,
      revokedAtMs,
      refusedFor: null,
      tokenId: id,
      tokenName: id,
      holderId,
      organizationId: 'default',
      ownScopes,
      createdAtMs: 0,
      expiresAtMs: null,
    };
    const subjects: Subject[] = [key as Subject, `token:${id}`];
    return { ...place, entries: [{ key, value, subjects }, this.#holderEntry(server, `user:${holderId}`)] };
  }

  #holderEntry(server: Server, key: LoadKey) {
    const { deactivatedAtMs, role, name } = server.state.holders.get(key.slice('user:'.length)) ?? HOLDER;
    const value: HolderEntry = {
      holderName: name,
      holderEmail: name,
      deactivatedAtMs,
      refusedFor: null,
      allowedScopes: role === 'member' ? ['*:editor'] : ['*:viewer'],
    };
    return { key, value, subjects: [key as Subject, `role:${role}` as const] };
  }

  creation(token: Omit<Token, 'revokedAtMs'>): Change<void> {
    return (state) => {
      // Asked for once more because the first answer was late: there is one token of an id, as its key in the tables has it.
      if (state.tokens.has(token.key)) return { result: undefined, subjects: [] };
      state.tokens.set(token.key, { ...token, revokedAtMs: null });
      return {
        result: undefined,
        subjects: this.#rules.logsCreations ? [token.key as Subject] : [],
      };
    };
  }

  revocation(tokenId: string, atMs: number): Change<number> {
    return (state) => {
      const token = tokenIn(state, tokenId);
      if (token.revokedAtMs !== null) return { result: token.revokedAtMs, subjects: [] };
      token.revokedAtMs = atMs;
      return { result: atMs, subjects: [`token:${token.id}`] };
    };
  }

  /** Changes what is stored of a holder. Nothing is logged where nothing changes. */
  holding(holderId: string, change: Partial<Holder>): Change<void> {
    return (state) => {
      const before = state.holders.get(holderId) ?? HOLDER;
      const after = { ...before, ...change };
      const same = (Object.keys(after) as (keyof Holder)[]).every(
        (member) => before[member] === after[member],
      );
      state.holders.set(holderId, after);
      return { result: undefined, subjects: same ? [] : [`user:${holderId}`] };
    };
  }

  /** Both in one transaction: the role of a token's holder, and the token's own scopes. */
  exchange(
    token: Pick<Token, 'id' | 'holderId'>,
    role: Role,
    ownScopes: readonly string[] | null,
  ): Change<void> {
    const holding = this.holding(token.holderId, { role });
    return (state) => {
      tokenIn(state, token.id).ownScopes = ownScopes;
      const { subjects } = holding(state);
      return { result: undefined, subjects: [...subjects, `token:${token.id}`] };
    };
  }

  registration(nodeId: string, freshnessMs: number): Change<void> {
    return (state) => {
      state.nodes.set(nodeId, freshnessMs);
      return { result: undefined, subjects: [] };
    };
  }

  /** Only what both have is cleared away. */
  prune(beforeMs: number): void {
    const { state } = this.primary;
    const old = state.log.filter(({ atMs, seq }) => atMs < beforeMs && seq <= this.#replica.lastSeq);
    const last = old.at(-1);
    if (!last) return;
    for (const each of [state, this.#replica]) {
      each.log = each.log.filter(({ seq }) => seq > last.seq);
      each.keptAfterSeq = last.seq;
    }
  }

  /** The replica takes over. What was committed here and not yet acknowledged is lost, and its numbers are drawn again. */
  failOver(): void {
    this.#failovers++;
    this.primary.fenced = true;
    this.replicationLagMs = 0;
    this.previous = this.primary;
    const machine = new Machine(this.#world, `database ${this.#failovers}`);
    this.primary = new Server(machine, `history-${this.#failovers}`, copyOf(this.#replica));
  }
}

export type { Server };

const tokenIn = (state: State, tokenId: string) =>
  [...state.tokens.values()].find(({ id }) => id === tokenId) as Token;
