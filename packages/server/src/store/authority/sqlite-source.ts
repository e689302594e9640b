/**
 * The source on SQLite: syncs and loads are prepared statements on two read-only connections, so that neither waits for anything. The
 * heartbeat is written beside them; a node that cannot write one goes on, until another node takes it for dead and stops its row.
 */
import type { DatabaseSync } from 'node:sqlite';
import {
  createBatches,
  type LoadAnswer,
  type LoadKey,
  type Position,
  type Subject,
  type SyncAnswer,
} from '@lencana/verifier/node';
import { sql } from 'kysely';
import {
  HOLDER_COLUMNS,
  type HolderValues,
  holderAnswer,
  holderRowFromValues,
  noSecretAnswer,
  SECRET_COLUMNS,
  type SecretValues,
  secretAnswer,
  secretRowFromValues,
  type Wanted,
  wantedBy,
} from './authority-entries.ts';
import type { Client } from './client-store.ts';
import { HEARTBEAT_MS, registration, stopping } from './nodes.ts';
import {
  CHANGES_MAX,
  CLOCK_GRAIN_MS,
  clientAnswer,
  NoHistoryError,
  type StoreSource,
  type StoreSourceParts,
} from './store-source.ts';

/** So many are loaded before anybody else is served: a few milliseconds. */
const LOADS_AT_ONCE = 100;

const HEAD = `
  SELECT (SELECT value FROM settings WHERE name = 'history') AS history,
    coalesce((SELECT max(seq) FROM authority_changes), 0) AS newest,
    coalesce((SELECT min(seq) FROM authority_changes) - 1, 0) AS kept_after,
    EXISTS (SELECT 1 FROM nodes WHERE id = ? AND stopped_at_ms IS NULL) AS registered`;
const CHANGES = `
  SELECT subject_kind || ':' || subject_id AS subject FROM authority_changes WHERE seq > ? ORDER BY seq LIMIT ?`;
/** Where everything that is read in the same transaction stands. */
const PLACE = `
  SELECT value AS history, coalesce((SELECT max(seq) FROM authority_changes), 0) AS seq
  FROM settings WHERE name = 'history'`;
export const LOAD = `
  SELECT ${SECRET_COLUMNS}
  FROM token_secrets s JOIN tokens t ON t.id = s.token_id JOIN users u ON u.id = t.holder_id
  WHERE s.digest = ?`;
const LOAD_HOLDER = `SELECT ${HOLDER_COLUMNS} FROM users u WHERE u.id = ?`;
const LOAD_CLIENT = `
  SELECT h.value AS history, coalesce((SELECT max(seq) FROM authority_changes), 0) AS seq, c.id, c.organization_id, c.name, c.secret_digest
  FROM settings h LEFT JOIN clients c ON c.id = ? AND c.revoked_at_ms IS NULL
  WHERE h.name = 'history'`;

type Head = { history: string | null; newest: number; kept_after: number; registered: number };
type Place = { history: string; seq: number };
type ClientRow = Place & {
  id: string | null;
  organization_id: string;
  name: string;
  secret_digest: Uint8Array;
};

export function createSqliteSource(parts: StoreSourceParts, openReader: () => DatabaseSync): StoreSource {
  const { node, freshnessMs, clock, digester } = parts;
  const { kysely } = parts.store;
  const syncing = openReader();
  const loading = openReader();
  const head = syncing.prepare(HEAD);
  const changesAfter = syncing.prepare(CHANGES);
  const place = loading.prepare(PLACE);
  const loaded = loading.prepare(LOAD);
  loaded.setReturnArrays(true);
  const loadedHolder = loading.prepare(LOAD_HOLDER);
  loadedHolder.setReturnArrays(true);
  const loadedClient = loading.prepare(LOAD_CLIENT);
  let heartbeatDueMs = clock.monotonicMs() + HEARTBEAT_MS;
  let heartbeat: Promise<unknown> | null = null;
  let closed = false;

  /** null: the node has no row, or was stopped. Both statements read one snapshot. */
  function readLog(from: Position | null): SyncAnswer | null {
    syncing.exec('BEGIN');
    try {
      const { history, newest, kept_after, registered } = head.get(node.id) as Head;
      if (registered === 0) return null;
      if (history === null) throw new NoHistoryError();
      let changes: Subject[] | null = null;
      if (from !== null) {
        changes = changesAfter.all(from.seq, CHANGES_MAX + 1).map(({ subject }) => subject as Subject);
        if (changes.length > CHANGES_MAX) changes = null;
      }
      return {
        history,
        seq: newest,
        changes,
        keptAfterSeq: kept_after,
        leaseMs: freshnessMs,
        nowMs: clock.wallMs() + CLOCK_GRAIN_MS,
      };
    } finally {
      endRead(syncing);
    }
  }

  async function sync(from: Position | null): Promise<SyncAnswer> {
    const known = readLog(from);
    if (known) {
      beat(known.seq);
      return known;
    }
    await registration(kysely, node, freshnessMs, clock.wallMs()).execute();
    const answer = closed ? null : readLog(from);
    if (!answer) throw new Error('the node is not registered');
    return answer;
  }

  function beat(appliedSeq: number): void {
    const nowMs = clock.monotonicMs();
    if (heartbeat !== null || nowMs < heartbeatDueMs) return;
    heartbeatDueMs = nowMs + HEARTBEAT_MS;
    heartbeat = kysely
      .updateTable('nodes')
      .set({
        heartbeat_at_ms: clock.wallMs(),
        heartbeat_count: sql`heartbeat_count + 1`,
        applied_seq: appliedSeq,
      })
      .where('id', '=', node.id)
      .where('stopped_at_ms', 'is', null)
      .execute()
      .catch(parts.onFailure)
      .finally(() => {
        heartbeat = null;
      });
  }

  /** All from one snapshot. */
  async function loadAll(keys: readonly LoadKey[]): Promise<LoadAnswer[]> {
    const wanted = keys.map((key) => wantedBy(key, digester));
    loading.exec('BEGIN');
    try {
      const here = place.get() as Place | undefined;
      if (!here) throw new NoHistoryError();
      return wanted.map((each) => read({ ...here }, each));
    } finally {
      endRead(loading);
    }
  }

  function read(here: Place, wanted: Wanted): LoadAnswer {
    if (wanted.kind === 'user') {
      const values = loadedHolder.get(wanted.holderId) as HolderValues | undefined;
      return holderAnswer(here, wanted.key, values && holderRowFromValues(values));
    }
    for (const { digest } of wanted.digests) {
      const values = loaded.get(digest) as SecretValues | undefined;
      if (values) return secretAnswer(here, wanted.key, digest, secretRowFromValues(values));
    }
    return noSecretAnswer(here, wanted.key, wanted.digests);
  }

  async function loadClient(id: string): Promise<LoadAnswer> {
    const row = loadedClient.get(id) as ClientRow | undefined;
    if (!row) throw new NoHistoryError();
    const { history, seq, organization_id: organizationId, name, secret_digest: secretDigest } = row;
    const value: Client | null = row.id === null ? null : { id, organizationId, name, secretDigest };
    return clientAnswer({ history, seq }, id, value);
  }

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    await heartbeat;
    await stopping(kysely, node.id, clock.wallMs()).execute().catch(parts.onFailure);
    syncing.close();
    loading.close();
  }

  const batches = createBatches({ ask: loadAll, sizeMax: LOADS_AT_ONCE, parallelMax: 1, soon: setImmediate });

  return { sync, load: batches.add, loadClient, onHint: () => () => {}, close };
}

/** A read that failed may have ended by itself; then there is nothing to end, and its failure is what is told. */
function endRead(database: DatabaseSync): void {
  if (database.isTransaction) database.exec('ROLLBACK');
}
