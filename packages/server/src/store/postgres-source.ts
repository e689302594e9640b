/**
 * Syncs and loads on PostgreSQL: the sync on a connection of its own, which also listens for hints, loads on a few others. What does
 * not answer in time is thrown away, sockets and all, and begun anew: a link that swallows everything is noticed by nothing
 * else, and the first try after its end must not wait for the last one before it.
 */
import { Socket } from 'node:net';
import type { LoadAnswer, Position, SecretRecord, Subject, SyncAnswer } from '@lencana/verifier';
import pg from 'pg';
import { CHANGES_MAX, type StoreSource, type StoreSourceParts } from './authority-source.ts';
import type { Client } from './client-store.ts';
import { getTypeParser, QuietClient } from './postgres.ts';
import { recordFrom, SECRET_COLUMNS, type SecretRow, secretSubject, subjectsOf } from './secret-rows.ts';
import { clientFrom } from './sqlite-source.ts';

const LOAD_CONNECTIONS_MAX = 4;
/** A gateway waits for the answer: better unavailable soon than decided late. In milliseconds. */
const LOAD_TIMEOUT_MS = 1000;

type SyncRow = { history: string; seq: number; kept_after_seq: number; now_ms: number; changes: Subject[] };
type ClientRow = { id: string; organization_id: string; name: string; secret_digest: Uint8Array };

export function createPostgresSource(parts: StoreSourceParts): StoreSource {
  if (parts.location.kind !== 'postgres') throw new Error('The store is none of PostgreSQL.');
  const { url: connectionString } = parts.location;
  const timeoutMs = Math.min(Math.max(parts.freshnessMs / 2, 250), 800);
  const listeners = new Set<() => void>();
  let syncer: { readonly client: pg.Client; readonly socket: Socket } | null = null;
  let loaders = openLoaders();
  let registered = false;
  let closed = false;

  /** A pool whose sockets can be cut, whatever state they are in. */
  function openLoaders() {
    const sockets = new Set<Socket>();
    const pool = new pg.Pool({
      connectionString,
      max: LOAD_CONNECTIONS_MAX,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: LOAD_TIMEOUT_MS,
      statement_timeout: LOAD_TIMEOUT_MS,
      keepAlive: true,
      types: { getTypeParser },
      Client: QuietClient,
      stream: () => {
        const socket = new Socket();
        sockets.add(socket.once('close', () => sockets.delete(socket)));
        return socket;
      },
    });
    pool.on('error', parts.onLost);
    const cut = () => {
      for (const socket of sockets) socket.destroy();
      void pool.end().catch(() => {});
    };
    return { pool, cut };
  }

  async function connected(): Promise<pg.Client> {
    if (syncer) return syncer.client;
    const socket = new Socket();
    const client = new pg.Client({
      connectionString,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      keepAlive: true,
      types: { getTypeParser },
      stream: () => socket,
    });
    const opened = { client, socket };
    client.on('error', (error: Error) => {
      if (syncer === opened) {
        syncer = null;
        parts.onLost(error);
      }
      socket.destroy();
    });
    client.on('notification', () => {
      for (const listener of listeners) listener();
    });
    try {
      await client.connect();
      if (parts.notified) await client.query('LISTEN lencana_authority');
    } catch (error) {
      socket.destroy();
      throw error;
    }
    if (closed) socket.destroy();
    syncer = opened;
    return client;
  }

  /** Everything that was connected before a failure is suspect. */
  function startOver(): void {
    syncer?.socket.destroy();
    syncer = null;
    loaders.cut();
    if (!closed) loaders = openLoaders();
  }

  async function sync(from: Position | null): Promise<SyncAnswer> {
    if (closed) throw new Error('The source is closed.');
    try {
      const client = await connected();
      for (;;) {
        if (!registered) {
          await parts.register();
          registered = true;
        }
        const [row] = (
          await client.query<SyncRow>({
            name: 'sync',
            text: 'SELECT * FROM sync_node($1, $2, $3)',
            values: [parts.nodeId, from?.seq ?? Number.MAX_SAFE_INTEGER, CHANGES_MAX],
          })
        ).rows;
        if (row) return answerOf(row);
        // Somebody cleared this node away: it registers, and only what is read after that counts.
        registered = false;
      }
    } catch (error) {
      startOver();
      throw error;
    }
  }

  function answerOf(row: SyncRow): SyncAnswer {
    return {
      history: row.history,
      seq: row.seq,
      keptAfterSeq: row.kept_after_seq,
      changes: row.changes.length > CHANGES_MAX ? null : row.changes,
      leaseMs: parts.freshnessMs,
      nowMs: row.now_ms,
    };
  }

  async function load(key: Uint8Array): Promise<LoadAnswer<SecretRecord>> {
    const digests = parts.digestsOfHash(key);
    const { rows } = await loaders.pool.query<
      { history: string; digest: Buffer } & (SecretRow | { token_id: null })
    >({
      name: 'load',
      text: `
        SELECT database_history() AS history, s.digest, ${SECRET_COLUMNS}
        FROM (SELECT 1) AS always LEFT JOIN token_secrets s ON s.digest = ANY($1)
          LEFT JOIN tokens t ON t.id = s.token_id LEFT JOIN users u ON u.id = t.holder_id`,
      values: [digests.map(({ digest }) => digest)],
    });
    const [row] = rows;
    if (!row) throw new Error('the look-up answered no row');
    const { history } = row;
    if (row.token_id === null)
      return { history, seq: null, value: null, subjects: digests.map(secretSubject) };
    const found = { digest: row.digest, keyVersion: row.key_version };
    return { history, seq: null, value: recordFrom(row), subjects: subjectsOf(row, found) };
  }

  async function loadClient(id: string): Promise<LoadAnswer<Client>> {
    const { rows } = await loaders.pool.query<{ history: string } & (ClientRow | { id: null })>({
      name: 'load-client',
      text: `
        SELECT database_history() AS history, c.id, c.organization_id, c.name, c.secret_digest
        FROM (SELECT 1) AS always LEFT JOIN clients c ON c.id = $1 AND c.revoked_at_ms IS NULL`,
      values: [id],
    });
    const [row] = rows;
    if (!row) throw new Error('the look-up answered no row');
    return { history: row.history, seq: null, value: clientFrom(row), subjects: [`client:${id}`] };
  }

  return {
    sync,
    load,
    loadClient,
    onHint: (listener) => listeners.add(listener),
    close: async () => {
      closed = true;
      startOver();
    },
  };
}
