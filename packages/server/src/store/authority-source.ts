/**
 * What verification reads: syncs with the log of changes, and loads. Each engine has its own way, on connections that nothing else
 * uses: inside another's transaction a sync would see what is not committed.
 */
import type { AuthoritySource, LoadAnswer } from '@lencana/verifier';
import type { SecretDigest } from '../core/ports.ts';
import type { Client } from './client-store.ts';
import type { Store, StoreLocation } from './open-store.ts';
import { createPostgresSource } from './postgres-source.ts';
import { createSqliteSource } from './sqlite-source.ts';

export type StoreSource = AuthoritySource & {
  loadClient(id: string): Promise<LoadAnswer<Client>>;
  /** Hears that the log has grown. Says when to look, never what there is. */
  onHint(listener: () => void): void;
};

export type StoreSourceParts = {
  readonly store: Store;
  readonly location: StoreLocation;
  /** What may be stored of the secret with this SHA-256: a digest for each key version, the newest first. */
  readonly digestsOfHash: (hash: Uint8Array) => readonly SecretDigest[];
  /** Registers this process anew; called before the first sync, and where its row is gone. */
  readonly register: () => Promise<void>;
  readonly nodeId: string;
  /** S in milliseconds. */
  readonly freshnessMs: number;
  /** Whether to listen for the database's notifications (PostgreSQL). Without, changes are found by the next sync. */
  readonly notified: boolean;
  readonly onLost: (error: Error) => void;
};

/** More changes than this at once are not read: everything is dropped instead. */
export const CHANGES_MAX = 10_000;

export function createStoreSource(parts: StoreSourceParts): StoreSource {
  return parts.store.driver.kind === 'sqlite' ? createSqliteSource(parts) : createPostgresSource(parts);
}
