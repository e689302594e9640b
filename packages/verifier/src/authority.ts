/**
 * What a verifier asks its source for, and in which words: the log of changes of authority, where it stands, and what is stored of a
 * secret. A source is the store (in the server) or another verifier's node (over HTTP). Types only; the protocol is in lease.ts
 * and leased-cache.ts.
 */
import type { TokenIdentity } from './verdict.ts';

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

/** What a load found, and everything that would change it. */
export type LoadAnswer<Value> = {
  readonly history: string;
  /** The applied place of who answered; null: read from the database itself, which is never behind. */
  readonly seq: number | null;
  /** null: there is none. */
  readonly value: Value | null;
  /** A change of any of these makes the answer void; where there is none, the creation that would make one is named. */
  readonly subjects: readonly Subject[];
};

/** Rejects when it cannot be asked; never answers from memory. */
export interface SyncSource {
  /**
   * What changed after `from` (null: nothing is known yet).
   */
  sync(from: Position | null): Promise<SyncAnswer>;
}

/** Rejects when it cannot be asked. */
export interface LoadSource<Value> {
  /**
   * @param key 32 bytes, the SHA-256 of what was presented
   * @param known where who asks stands: an answer of less is of no use to it, so who answers catches up first where it can
   */
  load(key: Uint8Array, known?: Position): Promise<LoadAnswer<Value>>;
}

/** What is stored of a presented secret, its token and its holder, as they stood at one moment. Holds no secret. Instants: epoch ms. */
export type SecretRecord = {
  /** When this secret ends though its token lives on (a regeneration's overlap); null: with its token. */
  readonly secretEndsAtMs: number | null;
  readonly revokedAtMs: number | null;
  readonly holderDeactivatedAtMs: number | null;
  /** `scopes` are the effective ones: the token's own cut by what the holder's role allowed at that moment. */
  readonly token: TokenIdentity;
};

/** What a verifier of tokens works with. */
export type AuthoritySource = SyncSource & LoadSource<SecretRecord> & { close(): Promise<void> };
