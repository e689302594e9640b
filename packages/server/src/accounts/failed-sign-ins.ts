/**
 * Writes sign-ins that were refused into the audit trail. Gathered in memory first: the first one of an account
 * is written within seconds, the ones that follow are counted and written as one row a quarter of an hour, so
 * that a flood fills no disk and no refusal waits for a write. Of an address without an account nothing that
 * was typed is kept; all of them count together.
 */
import type { Logger } from 'pino';
import type { Actor } from '../core/access/actor.ts';
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

type Count = {
  readonly first: FailedSignIn;
  count: number;
  firstAtMs: number;
  lastAtMs: number;
  /** From how many addresses, up to ADDRESSES_KEPT_MAX of them. */
  readonly addresses: Set<string>;
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
  const counts = new Map<string, Count>();
  let timer: NodeJS.Timeout | null = null;

  const flush = async (all: boolean): Promise<void> => {
    const now = nowMs();
    const due = [...counts].filter(([, { dueAtMs }]) => all || dueAtMs <= now);
    const told = due.filter(([, { count }]) => count > 0).map(([, count]) => ({ count, row: rowOf(count) }));
    // Taken out before the write: what comes meanwhile is counted anew.
    for (const [key, count] of due) {
      if (count.count === 0) counts.delete(key);
      else restart(count, now);
    }
    if (told.length === 0) return;
    try {
      await store.kysely.transaction().execute((transaction) =>
        appendAudits(
          transaction,
          told.map(({ row }) => row),
        ),
      );
    } catch (error) {
      log.error({ err: error }, 'refused sign-ins could not be written into the audit trail');
      for (const { count, row } of told) putBack(count, row[1].details);
    }
  };

  const wake = (): void => {
    if (timer || counts.size === 0) return;
    timer = setTimeout(() => {
      timer = null;
      void flush(false).finally(wake);
    }, WRITE_AFTER_MS);
    timer.unref();
  };

  return {
    record: (failed) => {
      const now = nowMs();
      const named = `${failed.userId ?? ''} ${failed.reason}`;
      const room = failed.userId === null || counts.has(named) || counts.size < ACCOUNTS_MAX;
      const key = room ? named : `* ${failed.reason}`;
      const first = room ? failed : { ...failed, userId: null };
      const count = counts.get(key) ?? newCount(first, now);
      counts.set(key, count);
      if (count.count === 0) count.firstAtMs = now;
      count.count += 1;
      count.lastAtMs = now;
      if (failed.actor.address && count.addresses.size < ADDRESSES_KEPT_MAX) {
        count.addresses.add(failed.actor.address);
      }
      wake();
    },
    flush,
  };
}

const newCount = (first: FailedSignIn, now: number): Count => ({
  first,
  count: 0,
  firstAtMs: now,
  lastAtMs: now,
  addresses: new Set(),
  dueAtMs: now,
});

function restart(count: Count, now: number): void {
  count.count = 0;
  count.addresses.clear();
  count.dueAtMs = now + COUNTED_TOGETHER_MS;
}

function putBack(count: Count, details: RefusedDetails): void {
  count.count += details.count;
  count.firstAtMs = Date.parse(details.first_at);
  for (const address of details.addresses) count.addresses.add(address);
  count.dueAtMs = 0;
}

type RefusedDetails = {
  readonly reason: SignInRefusal;
  readonly count: number;
  readonly first_at: string;
  readonly last_at: string;
  readonly addresses: readonly string[];
};

function rowOf({ first, count, firstAtMs, lastAtMs, addresses }: Count) {
  const details: RefusedDetails = {
    reason: first.reason,
    count,
    first_at: new Date(firstAtMs).toISOString(),
    last_at: new Date(lastAtMs).toISOString(),
    addresses: [...addresses],
  };
  const event = {
    action: 'session.refuse',
    subjectKind: 'user',
    subjectId: first.userId ?? 'unknown',
    organizationId: null,
    details,
  } as const;
  return [first.actor, event] as const;
}
