/**
 * How often somebody may try: per client address and path, and per account whatever the address. Counted in
 * the database, so that all nodes count together.
 */
import { createHmac } from 'node:crypto';
import { Refusal } from '../core/refusal.ts';
import { countAttempt, forgetAttempts, type Limit, uncountAttempt } from '../store/accounts/attempts.ts';
import type { Store } from '../store/engines/open-store.ts';

export type { Limit };

const MINUTE_MS = 60_000;

/**
 * Wrong passwords for one account, real or not, before it waits. A right one is not counted, and leaves the
 * count of the others as it is: else a stranger could tell by it that the account's owner signed in.
 */
export const ACCOUNT_LIMIT: Limit = { attempts: 10, windowMs: 15 * MINUTE_MS };
/** Set-up codes tried from one address. */
export const SETUP_CODE_LIMIT: Limit = { attempts: 10, windowMs: 15 * MINUTE_MS };
/** Mails asked for one address; the answer stays the same beyond it, only no mail goes out. */
export const MAIL_LIMIT: Limit = { attempts: 5, windowMs: 60 * MINUTE_MS };
/**
 * Mails that tell an owner of a change of their account. Counted apart, so that whoever asks for mails cannot
 * keep them from coming.
 */
export const NOTICE_LIMIT: Limit = { attempts: 20, windowMs: 60 * MINUTE_MS };

/** Per client address, for each kind of request that costs work or could be a guess. */
export const ADDRESS_LIMITS = {
  signIn: { attempts: 100, windowMs: 5 * MINUTE_MS },
  signUp: { attempts: 60, windowMs: 10 * MINUTE_MS },
  mailedLink: { attempts: 20, windowMs: 10 * MINUTE_MS },
  usedLink: { attempts: 60, windowMs: 10 * MINUTE_MS },
  change: { attempts: 120, windowMs: 5 * MINUTE_MS },
} as const satisfies Record<string, Limit>;

export type AddressLimit = keyof typeof ADDRESS_LIMITS;
export type AddressLimits = Readonly<Record<AddressLimit, Limit>>;

export type Limiter = {
  /**
   * Counts one attempt. @throws Refusal `too_many_requests` when there were too many already; that one is
   * written nowhere
   */
  readonly take: (key: string, limit: Limit) => Promise<void>;
  /** Counts one attempt and says whether it is still within the limit. */
  readonly within: (key: string, limit: Limit) => Promise<boolean>;
  /** Takes an attempt back that was counted before it was known to be a right one. */
  readonly giveBack: (key: string) => Promise<void>;
  readonly forget: (key: string) => Promise<void>;
  /** A key for an account that does not tell its address to whoever reads the table. */
  readonly accountKey: (purpose: string, email: string) => string;
};

export function createLimiter(store: Store, secret: string, nowMs: () => number): Limiter {
  return {
    take: async (key, limit) => {
      const { within, windowStartedAtMs } = await countAttempt(store, key, limit, nowMs());
      if (within) return;
      const waitMs = windowStartedAtMs + limit.windowMs - nowMs();
      throw new Refusal('too_many_requests', `Too many attempts. Try again ${inWords(waitMs)}.`, {
        retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
      });
    },
    within: async (key, limit) => (await countAttempt(store, key, limit, nowMs())).within,
    giveBack: (key) => uncountAttempt(store, key),
    forget: (key) => forgetAttempts(store, key),
    accountKey: (purpose, email) =>
      `${purpose}:${createHmac('sha256', secret).update(`attempts:${email}`).digest('hex').slice(0, 32)}`,
  };
}

function inWords(waitMs: number): string {
  const minutes = Math.ceil(waitMs / MINUTE_MS);
  return minutes <= 1 ? 'in a minute' : `in ${minutes} minutes`;
}
