/**
 * What a verifier asks its source for, and in which words: the log of changes of authority, where it stands, and the entries that a
 * verdict is joined from. A source is the store (in the server) or another verifier's node (over HTTP). Types only; the protocol is in lease.ts
 * and leased-cache.ts.
 */

/** What a change of authority can be about. `service` is reserved for grants of a single service. */
export type SubjectKind =
  | 'secret'
  | 'token'
  | 'user'
  | 'organization'
  | 'role'
  | 'service'
  | 'client'
  | 'key'
  | 'policy'
  /** A subject already hashed (`subjectOfMark`): what a node tells others of a change names nobody. */
  | 'mark';

/**
 * `<kind>:<id>`, as the log names it. A secret's id is the first 16 bytes of its stored digest in lower-case hexadecimal: enough to
 * name one among all, of no use to who reads it.
 */
export type Subject = `${SubjectKind}:${string}`;

/** A place in the log. Sequence numbers of different histories cannot be compared. */
export type Position = {
  /** Names the database's history: a restore or a failover begins another. */
  readonly history: string;
  /** Every change up to and including this one has been applied. In commit order; 0: none yet. */
  readonly seq: number;
};

/** What a sync found. All of it was true at one moment after the sync began. */
export type SyncAnswer = Position & {
  /** What changed after the position that was asked from, in order. null: it cannot be said; everything may have changed. */
  readonly changes: readonly Subject[] | null;
  /** All changes after this one are still kept: who stands before it has missed some. */
  readonly keptAfterSeq: number;
  /** How long from the *start* of the sync a lease may last, in milliseconds. */
  readonly leaseMs: number;
  /** The authority's clock at that moment, epoch milliseconds. */
  readonly nowMs: number;
};

/** Names an entry: `secret:<SHA-256 of the secret in base64url>`, `user:<id>`, and whatever kinds entry-kinds.ts has besides. */
export type LoadKey = `${string}:${string}`;

/** One entry, and everything that would change it. */
export type LoadedEntry = {
  readonly key: LoadKey;
  /** What its kind declares; null: it does not exist. */
  readonly value: unknown;
  /** A change of any of these makes the entry void; of a missing entry, the creation that would make it is named. */
  readonly subjects: readonly Subject[];
};

/** What a load found. All of it was true at one moment: when the log stood at `seq`. */
export type LoadAnswer = {
  readonly history: string;
  readonly seq: number;
  /** The entry that was asked for, then those that it refers to, as far as they came along. */
  readonly entries: readonly [LoadedEntry, ...LoadedEntry[]];
};

/** Rejects when it cannot be asked; never answers from memory. */
export interface SyncSource {
  /**
   * What changed after `from` (null: nothing is known yet).
   */
  sync(from: Position | null): Promise<SyncAnswer>;
}

/** Rejects when it cannot be asked. */
export interface LoadSource {
  /** @param known where who asks stands: an answer of less is of no use to it, so who answers catches up first where it can */
  load(key: LoadKey, known?: Position): Promise<LoadAnswer>;
}

/** What a verifier of tokens works with. */
export type AuthoritySource = SyncSource &
  LoadSource & {
    /** The prefixes of secrets that the deployment accepts, as far as the source has been told; null: not told. */
    prefixes?(): readonly string[] | null;
    close(): Promise<void>;
  };
