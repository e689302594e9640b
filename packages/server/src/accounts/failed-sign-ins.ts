/**
 * Writes sign-ins that were refused into the audit trail. Gathered in memory first: the first one of an account
 * is written within seconds, the ones that follow are counted and written as one row a quarter of an hour, so
 * that a flood fills no disk and no refusal waits for a write. Of an address without an account nothing that
 * was typed is kept; all of them count together.
 */
import type { Logger } from 'pino';
import { type Actor, SYSTEM } from '../core/access/actor.ts';
import { appendAudits } from '../store/audit/audit-events.ts';
import type { Store } from '../store/engines/open-store.ts';

/**
 * `password`, `passkey`: not the right one. `not-confirmed`: the right password, of an address that is not
 * confirmed. `deactivated`: the right one, of a deactivated account.
 */
export type SignInRefusal = 'password' | 'passkey' | 'not-confirmed' | 'deactivated';

export type FailedSignIn = {
  /** Null: no account. */
  readonly userId: string | null;
  readonly reason: SignInRefusal;
  readonly actor: Actor;
};

export type FailedSignIns = {
  /** Never throws and writes nothing itself. */
  readonly record: (failed: FailedSignIn) => void;
  /** Writes what waits; with `all`, also what would go on being counted. */
  readonly flush: (all: boolean) => Promise<void>;
};

/** The attempts that one row tells of. */
type Attempts = {
  /** What all of them have in common; what differs is null, so that no row names one address for another's attempt. */
  readonly actor: Actor;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** From where, up to ADDRESSES_KEPT_MAX of them. */
  readonly addresses: readonly string[];
};

type Counter = {
  readonly userId: string | null;
  readonly reason: SignInRefusal;
  /** Null: none since the last row. */
  attempts: Attempts | null;
  /** Not before this instant is a row written. */
  dueAtMs: number;
};

const WRITE_AFTER_MS = 2000;
const COUNTED_TOGETHER_MS = 15 * 60_000;
const ADDRESSES_KEPT_MAX = 10;
/** Of more accounts than this at a time, the rest count together. */
const ACCOUNTS_MAX = 1000;

export type FailedSignInSettings = {
  readonly store: Store;
  readonly nowMs: () => number;
  readonly log: Pick<Logger, 'error'>;
};

export function createFailedSignIns({ store, nowMs, log }: FailedSignInSettings): FailedSignIns {
  const counters = new Map<string, Counter>();
  let timer: NodeJS.Timeout | null = null;

  /** The account's own counter, or the one that the rest share. */
  const counterOf = (userId: string | null, reason: SignInRefusal): Counter => {
    const named = `${userId ?? ''} ${reason}`;
    const room = userId === null || counters.has(named) || counters.size < ACCOUNTS_MAX;
    const key = room ? named : `* ${reason}`;
    const counter = counters.get(key) ?? {
      userId: room ? userId : null,
      reason,
      attempts: null,
      dueAtMs: nowMs(),
    };
    counters.set(key, counter);
    return counter;
  };

  const flush = async (all: boolean): Promise<void> => {
    const now = nowMs();
    const rows: Row[] = [];
    for (const [key, counter] of counters) {
      if (!all && counter.dueAtMs > now) continue;
      const { userId, reason, attempts } = counter;
      if (attempts === null) {
        counters.delete(key);
        continue;
      }
      rows.push({ userId, reason, attempts });
      // Taken out before the write: what comes meanwhile is counted anew.
      counter.attempts = null;
      counter.dueAtMs = now + COUNTED_TOGETHER_MS;
    }
    if (rows.length === 0) return;
    try {
      await store.kysely.transaction().execute((transaction) => appendAudits(transaction, rows.map(eventOf)));
    } catch (error) {
      log.error({ err: error }, 'refused sign-ins could not be written into the audit trail');
      for (const row of rows) putBack(row);
    }
  };

  /** Into the counter that the map holds now: another flush may have dropped the one they came from. */
  const putBack = ({ userId, reason, attempts }: Row): void => {
    const counter = counterOf(userId, reason);
    counter.attempts = counter.attempts ? together(attempts, counter.attempts) : attempts;
    counter.dueAtMs = 0;
    wake();
  };

  const wake = (): void => {
    if (timer || counters.size === 0) return;
    timer = setTimeout(() => {
      timer = null;
      void flush(false).finally(wake);
    }, WRITE_AFTER_MS);
    timer.unref();
  };

  return {
    record: ({ userId, reason, actor }) => {
      const counter = counterOf(userId, reason);
      const attempt = oneAttempt(actor, nowMs());
      counter.attempts = counter.attempts ? together(counter.attempts, attempt) : attempt;
      wake();
    },
    flush,
  };
}

type Row = Pick<Counter, 'userId' | 'reason'> & { readonly attempts: Attempts };

const oneAttempt = (actor: Actor, atMs: number): Attempts => ({
  actor,
  count: 1,
  firstAtMs: atMs,
  lastAtMs: atMs,
  addresses: actor.address ? [actor.address] : [],
});

const together = (one: Attempts, other: Attempts): Attempts => ({
  actor: shared(one.actor, other.actor),
  count: one.count + other.count,
  firstAtMs: Math.min(one.firstAtMs, other.firstAtMs),
  lastAtMs: Math.max(one.lastAtMs, other.lastAtMs),
  addresses: [...new Set([...one.addresses, ...other.addresses])].slice(0, ADDRESSES_KEPT_MAX),
});

function shared(one: Actor, other: Actor): Actor {
  const same = <Name extends keyof Actor>(name: Name) => (one[name] === other[name] ? one[name] : null);
  return {
    ...SYSTEM,
    kind: same('kind') ?? 'visitor',
    way: one.way,
    id: same('id'),
    onBehalfOf: same('onBehalfOf'),
    role: same('role'),
    via: same('via'),
    address: same('address'),
    agent: same('agent'),
    requestId: same('requestId'),
    sessionId: same('sessionId'),
  };
}

function eventOf({ userId, reason, attempts }: Row) {
  const { actor, count, firstAtMs, lastAtMs, addresses } = attempts;
  const details = {
    reason,
    count,
    first_at: new Date(firstAtMs).toISOString(),
    last_at: new Date(lastAtMs).toISOString(),
    addresses,
  };
  const event = {
    action: 'session.refuse',
    subjectKind: 'user',
    subjectId: userId ?? 'unknown',
    organizationId: null,
    details,
  } as const;
  return [actor, event] as const;
}
