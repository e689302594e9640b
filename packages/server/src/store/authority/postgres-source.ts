/**
 * The source on PostgreSQL. The sync is one call of `lencana_sync` on a connection that does nothing else but listen; loads go
 * through a few connections of their own. A connection on which anything failed is torn down, not ended politely: behind a link
 * that swallows everything it would keep the next attempt waiting.
 */
import { Socket } from 'node:net';
import {
  createBatches,
  type LoadAnswer,
  type LoadKey,
  type Position,
  type Subject,
  type SyncAnswer,
} from '@lencana/verifier/node';
import pg from 'pg';
import { getTypeParser, QuietClient } from '../engines/postgres.ts';
import { greet } from '../engines/postgres-pool.ts';
import { wantedBy } from './authority-entries.ts';
import type { Client } from './client-store.ts';
import { registration, stopping } from './nodes.ts';
import {
  answersFrom,
  type ClientRow,
  LOAD,
  LOAD_CLIENT,
  type LoadQuery,
  type LoadRow,
  loadValues,
  type PlaceRow,
  SYSTEM_COLUMN,
} from './postgres-loads.ts';
import {
  CHANGES_MAX,
  CLOCK_GRAIN_MS,
  clientAnswer,
  NoHistoryError,
  type StoreSource,
  type StoreSourceParts,
} from './store-source.ts';

/** A load that takes longer, in milliseconds, is given up: better unavailable soon than decided late. */
const LOAD_TIMEOUT_MS = 1000;
const LOAD_CONNECTIONS_MAX = 4;
/** One connection is left for service credentials: a flood of tokens does not keep who asks about them waiting. */
const LOADS_UNDER_WAY_MAX = LOAD_CONNECTIONS_MAX - 1;
const LOADS_AT_ONCE = 200;
const CHANNEL = 'lencana_authority';

/** Which cluster answers. The rest of the history comes with each answer. */
const SYSTEM = `SELECT ${SYSTEM_COLUMN}`;
const SYNC = { name: 'sync', text: 'SELECT * FROM lencana_sync($1, $2, $3)' };
const SYNC_POOLED = { text: `SELECT ${SYSTEM_COLUMN}, s.* FROM lencana_sync($1, $2, $3) s` };
type SyncRow = {
  system?: string;
  registered: boolean;
  seq: number;
  kept_after_seq: number;
  now_ms: number;
  history: string | null;
  changes: Subject[] | null;
};
/** How long, in milliseconds, a sync or the way to it may take: soon over, so that the next try meets a database that is back. */
const attemptMsOf = (freshnessMs: number) => Math.min(Math.max(freshnessMs / 2, 250), 800);

export function createPostgresSource(parts: StoreSourceParts, url: string): StoreSource {
  const { node, freshnessMs, clock, digester, onFailure } = parts;
  const { kysely } = parts.store;
  const attemptMs = attemptMsOf(freshnessMs);
  const listeners = new Set<() => void>();
  const others = new WeakMap<pg.ClientBase, OtherEnd>();
  let syncs: SyncConnection | null = null;
  let turn: Promise<unknown> = Promise.resolve();
  let closed = false;
  /** Of the last sync. */
  let syncedHistory: string | null = null;
  const lost = (error: Error) => {
    if (!closed) onFailure(error);
  };
  let loads = openLoadConnections(url, lost);

  /** Where the sync does not get through, loads do not either. */
  function tearDown(): void {
    syncs?.socket.destroy();
    syncs = null;
    if (loads.sockets.size === 0) return;
    const old = loads;
    loads = openLoadConnections(url, lost);
    endAtOnce(old);
  }

  /** Gives up after `attemptMs`. Whatever goes wrong, nothing of the connection is used again. */
  async function within<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('Query read timeout')), attemptMs);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async function connected(): Promise<SyncConnection> {
    if (syncs) return syncs;
    const socket = new Socket();
    const client = new pg.Client({
      connectionString: url,
      keepAlive: true,
      stream: () => socket,
      types: { getTypeParser },
    });
    const connection: SyncConnection = { client, socket, other: UNKNOWN };
    syncs = connection;
    client.on('error', (error) => {
      if (syncs !== connection) return;
      syncs = null;
      lost(error);
    });
    client.on('notification', () => {
      for (const listener of listeners) listener();
    });
    await within(client.connect());
    connection.other = await within(otherEndOf(client, attemptMs));
    if (parts.listen ?? connection.other.direct) await within(client.query(`LISTEN ${CHANNEL}`));
    return connection;
  }

  /** One after the other: each begins after it was asked for. */
  function sync(from: Position | null): Promise<SyncAnswer> {
    const mine = turn.then(() => attempt(from));
    turn = mine.catch(() => {});
    return mine;
  }

  async function attempt(from: Position | null): Promise<SyncAnswer> {
    if (closed) throw new Error('the source is closed');
    try {
      const connection = await connected();
      return (
        (await read(connection, from)) ??
        (await register(connection)) ??
        (await read(connection, from)) ??
        refuseUnregistered()
      );
    } catch (error) {
      tearDown();
      throw error;
    }
  }

  /** null: the node has no row, or was stopped. Resolves after the heartbeat's commit. */
  async function read({ client, other }: SyncConnection, from: Position | null): Promise<SyncAnswer | null> {
    const values = [node.id, from?.seq ?? null, CHANGES_MAX];
    const { rows } = await within(client.query<SyncRow>({ ...(other.direct ? SYNC : SYNC_POOLED), values }));
    const [row] = rows;
    if (!row) throw new Error('the sync answered no row');
    if (!row.registered) return null;
    syncedHistory = historyOf(row.system ?? other.system, row.history);
    return {
      history: syncedHistory,
      seq: row.seq,
      changes: row.changes,
      keptAfterSeq: row.kept_after_seq,
      leaseMs: freshnessMs,
      nowMs: row.now_ms + CLOCK_GRAIN_MS,
    };
  }

  async function register({ client }: SyncConnection): Promise<null> {
    const { sql, parameters } = registration(kysely, node, freshnessMs, clock.wallMs()).compile();
    await within(client.query(sql, [...parameters]));
    return null;
  }

  /** One statement, so one snapshot, on a connection that is in no transaction. */
  async function ask<Row extends PlaceRow>(
    query: LoadQuery,
    values: unknown[],
  ): Promise<{ place: Pick<LoadAnswer, 'history' | 'seq'>; rows: Row[] }> {
    const client = await loads.pool.connect();
    let failure: unknown = true;
    try {
      let other = others.get(client);
      if (other === undefined) {
        other = await otherEndOf(client, LOAD_TIMEOUT_MS);
        others.set(client, other);
      }
      const { rows } = await client.query<Row>({ ...(other.direct ? query.direct : query.pooled), values });
      const history = historyOf(rows[0]?.system ?? other.system, rows[0]?.history ?? null);
      // One that leads to a primary which was replaced is of no use to anybody any more.
      failure = syncedHistory !== null && history !== syncedHistory;
      return { place: { history, seq: rows[0]?.seq ?? 0 }, rows };
    } finally {
      client.release(failure !== false);
    }
  }

  async function loadAll(keys: readonly LoadKey[]): Promise<LoadAnswer[]> {
    const wanted = keys.map((key) => wantedBy(key, digester));
    const { place, rows } = await ask<LoadRow>(LOAD, loadValues(wanted));
    return answersFrom(place, rows, wanted);
  }

  async function loadClient(id: string): Promise<LoadAnswer> {
    const { place, rows } = await ask<ClientRow>(LOAD_CLIENT, [id]);
    const row = rows.find((one) => one.id !== null);
    const value: Client | null = row
      ? { id, organizationId: row.organization_id, name: row.name, secretDigest: row.secret_digest }
      : null;
    return clientAnswer(place, id, value);
  }

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    listeners.clear();
    const { sql, parameters } = stopping(kysely, node.id, clock.wallMs()).compile();
    // Whoever cannot say that it stops is found silent by the others.
    if (syncs) await within(syncs.client.query(sql, [...parameters])).catch(onFailure);
    await within(Promise.all([syncs?.client.end(), loads.pool.end()])).catch(() => {});
    syncs?.socket.destroy();
    for (const socket of loads.sockets) socket.destroy();
  }

  const batches = createBatches({
    ask: loadAll,
    sizeMax: LOADS_AT_ONCE,
    parallelMax: LOADS_UNDER_WAY_MAX,
    soon: setImmediate,
  });

  return {
    sync,
    load: batches.add,
    loadClient,
    close,
    onHint: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

type LoadConnections = { readonly pool: pg.Pool; readonly sockets: Set<Socket> };

function openLoadConnections(url: string, onLost: (error: Error) => void): LoadConnections {
  const sockets = new Set<Socket>();
  const pool = new pg.Pool({
    connectionString: url,
    max: LOAD_CONNECTIONS_MAX,
    connectionTimeoutMillis: LOAD_TIMEOUT_MS,
    query_timeout: LOAD_TIMEOUT_MS,
    keepAlive: true,
    stream: () => tracked(sockets),
    types: { getTypeParser },
    Client: QuietClient,
  });
  // The pool's own error carries the whole connection, which is not for a log.
  pool.on('error', ({ message }) => onLost(new Error(message)));
  return { pool, sockets };
}

/** Whoever still waits for an answer gets none. */
function endAtOnce({ pool, sockets }: LoadConnections): void {
  void pool.end();
  for (const socket of sockets) socket.destroy();
}

type SyncConnection = { readonly client: pg.Client; readonly socket: Socket; other: OtherEnd };

/** Who answers on a connection. `system` is the cluster, which stays the same on a direct one alone. */
type OtherEnd = { readonly direct: boolean; readonly system: string };
const UNKNOWN: OtherEnd = { direct: false, system: '' };

async function otherEndOf(client: pg.ClientBase, statementMs: number): Promise<OtherEnd> {
  const { direct } = await greet(client, { statementMs, idleInTransactionMs: statementMs });
  return { direct, system: systemIn(await client.query<{ system: string }>(SYSTEM)) };
}

function tracked(sockets: Set<Socket>): Socket {
  const socket = new Socket();
  sockets.add(socket);
  return socket.once('close', () => sockets.delete(socket));
}

function systemIn({ rows }: { rows: { system: string }[] }): string {
  const system = rows[0]?.system;
  if (!system) throw new Error('the database does not say which it is');
  return system;
}

function historyOf(system: string, history: string | null): string {
  if (history === null) throw new NoHistoryError();
  return `${system}:${history}`;
}

function refuseUnregistered(): never {
  throw new Error('the node is not registered');
}
