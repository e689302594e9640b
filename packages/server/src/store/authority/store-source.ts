/**
 * What the store is to a leased cache, whichever engine it has: what changed since a place in the log, and what is stored of a secret or a service
 * credential. Every answer is read from the primary, on connections of its own that are never inside another transaction (they
 * would see the uncommitted). Decides nothing: the protocol is the lease's.
 */
import type { AuthoritySource, LoadAnswer, VerifierClock } from '@lencana/verifier/node';
import type { HashDigester } from '../../core/ports.ts';
import type { Store } from '../engines/open-store.ts';
import type { Client } from './client-store.ts';
import type { NodeIdentity } from './nodes.ts';

export type StoreSourceParts = {
  readonly store: Store;
  readonly digester: HashDigester;
  /** Registered before the first sync, stopped by `close`. */
  readonly node: NodeIdentity;
  /** How long a lease lasts from the start of its sync, in milliseconds. The same for as long as the node's id. */
  readonly freshnessMs: number;
  readonly clock: VerifierClock;
  /** Hears of what failed beside a sync or load that is told by rejecting: a lost connection, a heartbeat. */
  readonly onFailure: (error: unknown) => void;
  /**
   * Whether PostgreSQL's notifications hurry the syncs; without them a change is found at the next sync. null and default: where no
   * pooler stands between.
   */
  readonly listen?: boolean | null;
};

/**
 * A clock that counts whole milliseconds is behind by up to one. A sync tells the time by this much later, so that no token is
 * accepted after its end: it may be refused this much before.
 */
export const CLOCK_GRAIN_MS = 1;

/** More changes at once than this are not told one by one: everything may have changed. */
export const CHANGES_MAX = 10_000;

/** Without a history no two answers of a database can be compared. */
export class NoHistoryError extends Error {
  override readonly name = 'NoHistoryError';
  override readonly message = 'The database has no history in its settings.';
}

export type StoreSource = AuthoritySource & {
  /** A service credential (`Client`) as an entry of the kind `client`; null: none of that id, or revoked. */
  loadClient(id: string): Promise<LoadAnswer>;
  /** `listener` hears that there may be something to sync. It may never hear. Returns how to be told no more. */
  onHint(listener: () => void): () => void;
};

export const clientAnswer = (
  place: Pick<LoadAnswer, 'history' | 'seq'>,
  id: string,
  value: Client | null,
): LoadAnswer => ({ ...place, entries: [{ key: `client:${id}`, value, subjects: [`client:${id}`] }] });
