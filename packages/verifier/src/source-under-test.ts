/** A source, a clock and a timer that a test holds in its hand. */
import type { LoadAnswer, LoadedEntry, LoadKey, Position, Subject, SyncAnswer } from './authority.ts';
import { type HolderEntry, holderKey, type SecretEntry, type SecretRecord } from './entry-kinds.ts';
import type { VerifierClock, VerifierTimer } from './lease.ts';

export const FRESHNESS_MS = 1000;

export class ClockUnderTest implements VerifierClock {
  #monotonicMs = 5000;
  #wallMs = 1_800_000_000_000;

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  wallMs(): number {
    return this.#wallMs;
  }

  pass(ms: number): void {
    this.#monotonicMs += ms;
    this.#wallMs += ms;
  }

  /** The machine sleeps, or somebody sets the wall clock: the monotonic clock knows nothing of it. */
  jump(ms: number): void {
    this.#wallMs += ms;
  }
}

/** Rings only when the test says so. */
export class TimerUnderTest implements VerifierTimer {
  readonly due = new Map<() => void, number>();

  after(delayMs: number, work: () => void): () => void {
    this.due.set(work, delayMs);
    return () => this.due.delete(work);
  }

  ring(): void {
    for (const work of [...this.due.keys()]) {
      this.due.delete(work);
      work();
    }
  }
}

/** Every turn that is due is taken. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

export const SUBJECTS: readonly Subject[] = ['secret:aa', 'token:t1', 'user:u1', 'role:member'];

export const RECORD: SecretRecord = {
  secretEndsAtMs: null,
  revokedAtMs: null,
  holderDeactivatedAtMs: null,
  refusedFor: null,
  token: {
    tokenId: 't1',
    tokenName: 'ci',
    secretId: 'aa',
    holderId: 'u1',
    holderName: 'Ana',
    holderEmail: 'ana@example.com',
    organizationId: 'default',
    scopes: ['*:editor'],
    createdAtMs: 1,
    expiresAtMs: null,
  },
};

/** The secret's part of a record. */
export function secretOf({ token, secretEndsAtMs, revokedAtMs, refusedFor }: SecretRecord): SecretEntry {
  const { tokenId, tokenName, secretId, holderId, organizationId, createdAtMs, expiresAtMs } = token;
  return {
    secretId,
    secretEndsAtMs,
    revokedAtMs,
    refusedFor,
    tokenId,
    tokenName,
    holderId,
    organizationId,
    ownScopes: null,
    createdAtMs,
    expiresAtMs,
  };
}

/** The holder's part of a record. */
export function holderOf({ token, holderDeactivatedAtMs }: SecretRecord): HolderEntry {
  return {
    holderName: token.holderName,
    holderEmail: token.holderEmail,
    deactivatedAtMs: holderDeactivatedAtMs,
    refusedFor: null,
    allowedScopes: token.scopes,
  };
}

const isOfHolder = (subject: Subject) => subject.startsWith('user:') || subject.startsWith('role:');

/** Of a secret and its holder: what a source answers to the key. */
export function entriesOf(
  key: LoadKey,
  record: SecretRecord | null,
  subjects: readonly Subject[],
): LoadAnswer['entries'] {
  if (record === null) return [{ key, value: null, subjects }];
  const holder: LoadedEntry = {
    key: holderKey(record.token.holderId),
    value: holderOf(record),
    subjects: subjects.filter(isOfHolder),
  };
  if (key === holder.key) return [holder];
  const others = subjects.filter((subject) => !isOfHolder(subject));
  return [{ key, value: secretOf(record), subjects: others }, holder];
}

/** Answers as the test sets it. A call that is held waits for `release`. */
export class SourceUnderTest {
  history = 'h1';
  seq = 10;
  keptAfterSeq = 0;
  changes: readonly Subject[] | null = [];
  leaseMs = FRESHNESS_MS;
  nowMs = 1_800_000_000_000;
  record: SecretRecord | null = RECORD;
  subjects: readonly Subject[] = SUBJECTS;
  /** Where a load stands; null: where the log does. */
  loadSeq: number | null = null;
  failing = false;
  readonly syncedFrom: (Position | null)[] = [];
  loads = 0;
  readonly loaded: LoadKey[] = [];
  closed = false;
  #holding: 'sync' | 'load' | null = null;
  #held: (() => void)[] = [];

  hold(what: 'sync' | 'load'): void {
    this.#holding = what;
  }

  release(): void {
    this.#holding = null;
    for (const go of this.#held.splice(0)) go();
  }

  async sync(from: Position | null): Promise<SyncAnswer> {
    this.syncedFrom.push(from);
    if (this.failing) throw new Error('the source is away');
    const { history, seq, keptAfterSeq, changes, leaseMs, nowMs } = this;
    const answer = { history, seq, keptAfterSeq, changes, leaseMs, nowMs };
    await this.#turn('sync');
    return answer;
  }

  /** What is read is read at once, as a database does; held is the answer on its way. */
  async load(key: LoadKey): Promise<LoadAnswer> {
    this.loads++;
    this.loaded.push(key);
    if (this.failing) throw new Error('the source is away');
    const { history, record, subjects } = this;
    const answer = { history, seq: this.loadSeq ?? this.seq, entries: entriesOf(key, record, subjects) };
    await this.#turn('load');
    return answer;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  async #turn(what: 'sync' | 'load'): Promise<void> {
    if (this.#holding === what) await new Promise<void>((resolve) => this.#held.push(resolve));
  }
}
