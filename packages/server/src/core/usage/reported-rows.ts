/**
 * How many rows of the audit trail what services report may become. A service is believed about refusals, but not without an end: beyond
 * so many different ones of one service, only their number is kept, for one row.
 */
import type { Clock } from '../ports.ts';
import { type Allowance, createAllowance } from './allowance.ts';
import type { Reporter } from './usage-recorder.ts';

/** Rows of one service a minute, and at once after a while without any. */
export const REPORTED_ROWS_PER_MINUTE = 300;
/** Different refusals of one service that wait to be written. */
export const REPORTED_WAITING_MAX = 1000;
/** Least time, in milliseconds, between two rows of one service about what was beyond. */
const EXCESS_REPEAT_MS = 60_000;

/** Refusals that a service reported beyond what is written one by one. */
export type ExcessRefusals = {
  readonly reporter: Reporter;
  readonly count: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
};

type Account = {
  readonly allowance: Allowance;
  waiting: number;
  excess: ExcessRefusals | null;
  excessWrittenAtMs: number;
  seenAtMs: number;
};

export function createReportedRows(clock: Clock) {
  const accounts = new Map<string, Account>();

  function accountOf({ id }: Reporter): Account {
    let account = accounts.get(id);
    if (!account) {
      account = {
        allowance: createAllowance(REPORTED_ROWS_PER_MINUTE / 60, REPORTED_ROWS_PER_MINUTE, clock),
        waiting: 0,
        excess: null,
        excessWrittenAtMs: Number.NEGATIVE_INFINITY,
        seenAtMs: 0,
      };
      accounts.set(id, account);
    }
    account.seenAtMs = clock();
    return account;
  }

  function addExcess(more: ExcessRefusals): void {
    const account = accountOf(more.reporter);
    const before = account.excess;
    account.excess = {
      reporter: more.reporter,
      count: (before?.count ?? 0) + more.count,
      firstAtMs: Math.min(before?.firstAtMs ?? more.firstAtMs, more.firstAtMs),
      lastAtMs: Math.max(before?.lastAtMs ?? more.lastAtMs, more.lastAtMs),
    };
  }

  /** What is due to be written of what was beyond; it is forgotten here. */
  function takeExcess(all: boolean): readonly ExcessRefusals[] {
    const nowMs = clock();
    const due: ExcessRefusals[] = [];
    for (const [id, account] of accounts) {
      const { excess, excessWrittenAtMs, waiting, seenAtMs } = account;
      if (excess && (all || nowMs - excessWrittenAtMs >= EXCESS_REPEAT_MS)) {
        due.push(excess);
        account.excess = null;
        account.excessWrittenAtMs = nowMs;
      }
      // After a minute the allowance is whole again: there is nothing to remember.
      if (!account.excess && waiting === 0 && nowMs - seenAtMs > EXCESS_REPEAT_MS) accounts.delete(id);
    }
    return due;
  }

  return {
    /** Takes a row for a refusal of a kind that does not wait yet. false: it is beyond. */
    take: (reporter: Reporter): boolean => {
      const account = accountOf(reporter);
      if (account.waiting >= REPORTED_WAITING_MAX || !account.allowance.takeWhole(1)) return false;
      account.waiting++;
      return true;
    },
    /** A refusal that was taken waits no longer, or does again. */
    waits: (reporter: Reporter, more: 1 | -1): void => {
      accountOf(reporter).waiting += more;
    },
    addExcess,
    takeExcess,
  };
}
