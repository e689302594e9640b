/** Syncs and loads on SQLite: prepared statements on read-only connections, one for each. */
import { DatabaseSync } from 'node:sqlite';
import type { LoadAnswer, Position, SecretRecord, Subject, SyncAnswer } from '@lencana/verifier';
import { CHANGES_MAX, type StoreSource, type StoreSourceParts } from './authority-source.ts';
import type { Client } from './client-store.ts';
import { recordFrom, SECRET_COLUMNS, type SecretRow, secretSubject, subjectsOf } from './secret-rows.ts';

/** How many bytes of the file are read by way of memory, at most: a look-up in a large database needs no copy of its pages. */
const MAPPED_BYTES = 8 * 1024 ** 3;

type LogRow = { history: string; kept_after_seq: number; seq: number; registered: number };
type ClientRow = { id: string; organization_id: string; name: string; secret_digest: Uint8Array };

export function createSqliteSource(parts: StoreSourceParts): StoreSource {
  if (parts.location.kind !== 'sqlite') throw new Error('The store is none of SQLite.');
  const { file } = parts.location;
  const open = () => {
    const database = new DatabaseSync(file, { readOnly: true, timeout: 0 });
    database.exec(`PRAGMA mmap_size = ${MAPPED_BYTES}`);
    return database;
  };
  const syncing = open();
  const loading = open();

  const readLog = syncing.prepare(`
    SELECT history, kept_after_seq,
      max(kept_after_seq, coalesce((SELECT max(seq) FROM authority_changes), 0)) AS seq,
      EXISTS (SELECT 1 FROM nodes WHERE id = ?) AS registered
    FROM authority_log`);
  const readChanges = syncing.prepare(`
    SELECT subject_kind || ':' || subject_id AS subject FROM authority_changes
    WHERE seq > ? ORDER BY seq LIMIT ${CHANGES_MAX + 1}`);
  const readSecret = loading.prepare(`
    SELECT log.history, ${SECRET_COLUMNS}
    FROM authority_log log LEFT JOIN token_secrets s ON s.digest = ?
      LEFT JOIN tokens t ON t.id = s.token_id LEFT JOIN users u ON u.id = t.holder_id`);
  const readClient = loading.prepare(`
    SELECT log.history, c.id, c.organization_id, c.name, c.secret_digest
    FROM authority_log log LEFT JOIN clients c ON c.id = ? AND c.revoked_at_ms IS NULL`);

  async function sync(from: Position | null): Promise<SyncAnswer> {
    // Not registered, or cleared away by somebody: only what is read after the registration counts.
    for (let answer = readOnce(from); ; answer = readOnce(from)) {
      if (answer) return answer;
      await parts.register();
    }
  }

  /** null: this process is not registered. */
  function readOnce(from: Position | null): SyncAnswer | null {
    // One snapshot for both.
    syncing.exec('BEGIN');
    try {
      const log = readLog.get(parts.nodeId) as LogRow;
      if (log.registered === 0) return null;
      const grown = from !== null && from.history === log.history && log.seq > from.seq;
      const rows = grown ? (readChanges.all(from.seq) as { subject: Subject }[]) : [];
      return {
        history: log.history,
        seq: log.seq,
        keptAfterSeq: log.kept_after_seq,
        changes: rows.length > CHANGES_MAX ? null : rows.map(({ subject }) => subject),
        leaseMs: parts.freshnessMs,
        nowMs: Date.now(),
      };
    } finally {
      syncing.exec('COMMIT');
    }
  }

  async function load(key: Uint8Array): Promise<LoadAnswer<SecretRecord>> {
    const digests = parts.digestsOfHash(key);
    let history = '';
    for (const digest of digests) {
      const row = readSecret.get(digest.digest) as { history: string } & (SecretRow | { token_id: null });
      history = row.history;
      if (row.token_id !== null) {
        return { history, seq: null, value: recordFrom(row), subjects: subjectsOf(row, digest) };
      }
    }
    return { history, seq: null, value: null, subjects: digests.map(secretSubject) };
  }

  async function loadClient(id: string): Promise<LoadAnswer<Client>> {
    const row = readClient.get(id) as { history: string } & (ClientRow | { id: null });
    return { history: row.history, seq: null, value: clientFrom(row), subjects: [`client:${id}`] };
  }

  return {
    sync,
    load,
    loadClient,
    // Processes on one machine tell each other.
    onHint: () => {},
    close: async () => {
      syncing.close();
      loading.close();
    },
  };
}

export function clientFrom(row: ClientRow | { id: null }): Client | null {
  if (row.id === null) return null;
  return { id: row.id, organizationId: row.organization_id, name: row.name, secretDigest: row.secret_digest };
}
