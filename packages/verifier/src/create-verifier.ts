/** The verifier that a service embeds: judges from its own memory, kept fresh by the verification listener it is given. */

import type { Fetch, ServiceCredential } from './http-call.ts';
import { createHttpSource } from './http-source.ts';
import { refuseUnknownMembers, refuseUnreadDemand } from './known-members.ts';
import type { VerifierClock, VerifierTimer } from './lease.ts';
import { platformClock, platformTimer } from './platform.ts';
import { isPrefix } from './secret-format.ts';
import { SourceError } from './source-error.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';
import type { Verifier } from './verdict.ts';

/** What `createVerifier` takes. Only `url` is required. */
export type CreateVerifierOptions = {
  /**
   * Address of the deployment's verification listener. Must be `https:`, or `http:` to this machine, unless `allowHttp` is set.
   *
   * @example `'http://127.0.0.1:8081'`
   */
  readonly url: string;
  /**
   * The service credential that `lencana client create` printed, as `<client_id>:<client_secret>` or in parts.
   *
   * Default: none. Then only a listener on loopback answers, and the verifier reports no uses: holders do not see in their list of tokens
   * that this service was used, and its refusals are not in the audit trail. It says so once, to `onNotice`.
   *
   * @example `process.env.LENCANA_CREDENTIAL`
   */
  readonly credential?: ServiceCredential | undefined;
  /**
   * Seconds, from 0.1 to 60: for how long the verifier may judge from memory after it last asked. Default: 1.
   *
   * A lower value than the deployment's own makes this verifier ask more often. A higher one changes nothing, because the deployment's
   * own value bounds it too.
   *
   * @example `0.5`
   */
  readonly freshnessSeconds?: number;
  /**
   * What the deployment's secrets begin with: 1 to 31 letters or digits and an underscore. Default: `'cldkctl_'`.
   *
   * With another value than the deployment's every token is refused as `malformed`.
   *
   * @example `'acme_'`
   */
  readonly prefix?: string;
  /**
   * How many tokens are kept in memory, from 1. Default: 100,000, which take about 40 MB.
   *
   * A token that is not in memory costs a request to Lencana; what was not asked for longest makes room.
   *
   * @example `10_000`
   */
  readonly entriesMax?: number;
  /**
   * Whether `http:` may leave this machine. Default: false, and such a `url` throws.
   *
   * With true, whoever listens on the network can read the service credential and digests of secrets, never secrets.
   *
   * @example `true`
   */
  readonly allowHttp?: boolean | undefined;
  /**
   * Hears why Lencana cannot be asked, of each cause at most once a minute. Default: a warning on the console.
   *
   * Nothing has to be done in it: the verifier tries again by itself, and its verdicts are `unavailable` as long as it cannot judge.
   *
   * @example `(error) => log.warn({ code: error.code }, error.message)`
   */
  readonly onError?: (error: SourceError) => void;
  /**
   * Hears once what works less than it could, such as missing reports without a credential. Default: a warning on the console.
   *
   * @example `(notice) => log.info(notice)`
   */
  readonly onNotice?: (notice: string) => void;
  /**
   * What sends requests. Default: the platform's `fetch`.
   *
   * @example `(url, init) => fetch(url, { ...init, dispatcher })`
   */
  readonly fetch?: Fetch | undefined;
};

const OPTIONS: readonly string[] = [
  'url',
  'credential',
  'freshnessSeconds',
  'prefix',
  'entriesMax',
  'allowHttp',
  'onError',
  'onNotice',
  'fetch',
] satisfies (keyof CreateVerifierOptions)[];

/** Clock and timer, for who holds them in the hand. Default: the platform's. */
export type ServiceVerifierParts = CreateVerifierOptions & {
  readonly clock?: VerifierClock;
  readonly timer?: VerifierTimer;
};

/** The least time between the starts of two syncs, in milliseconds: a stream of changes is fetched in portions. */
const SYNC_PAUSE_MS = 5;
const NOTICE_EVERY_MS = 60_000;

/**
 * Makes the verifier of a service: one for all requests, when the service starts. It starts to ask at once, `verify` waits for the first
 * answer, and it keeps no process alive.
 *
 * @throws TypeError if an option is invalid
 * @example
 * ```ts
 * const verifier = createVerifier({ url: 'http://127.0.0.1:8081', credential: process.env.LENCANA_CREDENTIAL });
 * ```
 */
export function createVerifier(options: CreateVerifierOptions): Verifier {
  refuseUnknownMembers('createVerifier', options, OPTIONS);
  const verifier = createServiceVerifier(options);
  const verifyNow: Verifier['verifyNow'] = (presented, demand) => {
    refuseUnreadDemand(demand);
    // A header that did not come is undefined in a program without types.
    return verifier.verifyNow(typeof presented === 'string' ? presented : '', demand);
  };
  return {
    verify: async (presented, demand) => verifyNow(presented, demand),
    verifyNow,
    close: verifier.close,
  };
}

/** The same with everything that a verifier has. */
export function createServiceVerifier(options: ServiceVerifierParts): TokenVerifier {
  const { freshnessSeconds = 1, prefix, entriesMax } = options;
  if (!(freshnessSeconds >= 0.1 && freshnessSeconds <= 60)) {
    throw new TypeError('freshnessSeconds must be a number from 0.1 to 60.');
  }
  if (prefix !== undefined && !isPrefix(prefix)) {
    throw new TypeError('prefix must be 1 to 31 letters or digits and an underscore.');
  }
  if (entriesMax !== undefined && !(Number.isSafeInteger(entriesMax) && entriesMax >= 1)) {
    throw new TypeError('entriesMax must be a whole number from 1.');
  }
  const freshnessMs = freshnessSeconds * 1000;
  const { clock = platformClock, timer = platformTimer } = options;
  const source = createHttpSource({
    ...options,
    clock,
    timer,
    holdMs: freshnessMs / 6,
    timeoutMs: Math.min(Math.max(freshnessMs / 2, 250), 800),
    onReportsRefused: (error) => notice(`${NO_REPORTS_TAKEN} ${error.message}`),
  });
  const notice = once(options.onNotice ?? inform);
  const tell = options.onError ?? warn;
  const reports = options.credential !== undefined;
  if (!reports) notice(NO_REPORTS);
  let closed = false;
  // What ends because the verifier is closed is nobody's fault.
  const hear = noticeOnce((error) => closed || tell(error), clock);
  const verifier = createTokenVerifier({
    source,
    // Reports need a credential everywhere: without one they would be refused, each time anew.
    usage: reports ? source : undefined,
    clock,
    timer,
    freshnessMs,
    pauseMs: SYNC_PAUSE_MS,
    prefix,
    entriesMax,
    onFailure: hear,
    onLoadFailure: hear,
  });
  return {
    ...verifier,
    close: () => {
      closed = true;
      return verifier.close();
    },
  };
}

/** The same cause many times a second is one piece of news. */
function noticeOnce(tell: (error: SourceError) => unknown, clock: VerifierClock): (error: unknown) => void {
  const toldAtMs = new Map<string, number>();
  return (error) => {
    if (!(error instanceof SourceError)) return;
    const nowMs = clock.monotonicMs();
    if (nowMs - (toldAtMs.get(error.code) ?? Number.NEGATIVE_INFINITY) < NOTICE_EVERY_MS) return;
    toldAtMs.set(error.code, nowMs);
    quietly(() => tell(error));
  };
}

const NO_REPORTS =
  'The verifier has no service credential, so it reports no uses: holders do not see that their tokens are used here. ' +
  'lencana client create makes a credential.';

const NO_REPORTS_TAKEN = 'Lencana refused a report of uses, so holders do not see some of them.';

/** One notice is enough: what it is about does not mend itself. */
function once(tell: (notice: string) => unknown): (notice: string) => void {
  let told = false;
  return (notice) => {
    if (!told) quietly(() => tell(notice));
    told = true;
  };
}

/** What the service does with the news must not end its verifier. */
function quietly(tell: () => unknown): void {
  try {
    tell();
  } catch {
    // It is the service's own error.
  }
}

function inform(notice: string): void {
  console.warn(`Lencana: ${notice}`);
}

function warn(error: SourceError): void {
  console.warn(`Lencana: ${error.message} Until then tokens are answered as unavailable (${error.code}).`);
}
