/** The verifier that a service embeds: judges from its own memory, kept fresh by the verification listener it is given. */

import type { HttpCallParts } from './http-call.ts';
import { createHttpSource } from './http-source.ts';
import type { VerifierClock, VerifierTimer } from './lease.ts';
import { platformClock, platformTimer } from './platform.ts';
import { isPrefix } from './secret-format.ts';
import { SourceError } from './source-error.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

export type CreateVerifierOptions = Omit<HttpCallParts, 'timer'> & {
  /**
   * S in seconds: how long it may judge from memory after it asked a node. Default 1, from 0.1 to 60. Below the deployment's own it makes this
   * verifier ask more often; above it changes nothing, because the deployment's own bounds it too.
   */
  readonly freshnessSeconds?: number;
  /** The deployment's prefix of secrets. Default `cldkctl_`. */
  readonly prefix?: string;
  /** How many tokens are kept in memory. Default 100,000, which take about 40 MB. */
  readonly entriesMax?: number;
  /** Hears why the authority cannot be asked, of each cause at most once a minute. Default: a warning on the console. */
  readonly onError?: (error: SourceError) => void;
  /** Default: the platform's. */
  readonly clock?: VerifierClock;
  readonly timer?: VerifierTimer;
};

/** The least time between the starts of two syncs, in milliseconds: a stream of changes is fetched in portions. */
const SYNC_PAUSE_MS = 5;
const NOTICE_EVERY_MS = 60_000;

/**
 * Starts to ask at once; `verify` waits for the first answer. Keeps no process alive, and ends with `close`.
 * @throws TypeError if an option cannot be used
 */
export function createVerifier(options: CreateVerifierOptions): TokenVerifier {
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
  });
  const tell = options.onError ?? warn;
  let closed = false;
  // What ends because the verifier is closed is nobody's fault.
  const hear = noticeOnce((error) => closed || tell(error), clock);
  const verifier = createTokenVerifier({
    source,
    usage: source,
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
    try {
      tell(error);
    } catch {
      // What the service does with the news must not end its verifier.
    }
  };
}

function warn(error: SourceError): void {
  console.warn(`Lencana: ${error.message} Until then tokens are answered as unavailable (${error.code}).`);
}
