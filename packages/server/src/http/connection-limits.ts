/**
 * How many connections each listener holds at once and for how long: what opens connections to one listener, half-open or idle ones by
 * the thousand, takes neither the file descriptors nor the places of the other.
 */
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';

export type ConnectionLimits = {
  /** Connections at once; one more is closed at once. */
  readonly connectionsMax: number;
  /** How long a connection may be idle between two requests. */
  readonly keepAliveSeconds: number;
};

/** File descriptors for all but the connections of the listeners: database, files, mail, a few programs. */
const DESCRIPTORS_RESERVED = 150;
/** Connections on which nothing is asked make room for new ones at most so often, in milliseconds. */
const ROOM_EVERY_MS = 1000;

/**
 * Time limits of Node's server, in milliseconds. A connection on which the headers of a request are not complete after `headersTimeout`
 * is closed, one on which nothing was ever sent too, and one whose answer nobody reads after `timeout`.
 */
export function timeLimits({ keepAliveSeconds }: ConnectionLimits) {
  return {
    keepAliveTimeout: keepAliveSeconds * 1000,
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    connectionsCheckingInterval: 1000,
  };
}

/** An answer that is not read, and a request whose body does not come, hold a connection no longer than this, in milliseconds. */
const INACTIVE_MS = 120_000;

/** Call before the server listens. */
export function limitConnections(server: Server, { connectionsMax }: ConnectionLimits): void {
  server.maxConnections = connectionsMax;
  server.timeout = INACTIVE_MS;
  // All headers are looked at: what stood beyond a number of them would be dropped unseen. Their size is bounded by Node.
  server.maxHeadersCount = 0;
  let madeRoomAtMs = Number.NEGATIVE_INFINITY;
  server.on('drop', () => {
    const nowMs = performance.now();
    if (nowMs - madeRoomAtMs < ROOM_EVERY_MS) return;
    madeRoomAtMs = nowMs;
    server.closeIdleConnections();
  });
}

export type ListenerConnections = { readonly public: number; readonly verification: number };

/**
 * What of the wanted connections the descriptors of this process allow. Verification gets all that it wants or half of what there is,
 * whichever is less; the public listener gets what is left.
 * @param descriptorsMax null: not known, then nothing is cut
 */
export function dividedConnections(
  wanted: ListenerConnections,
  descriptorsMax: number | null,
): ListenerConnections {
  if (descriptorsMax === null) return wanted;
  const there = Math.max(descriptorsMax - DESCRIPTORS_RESERVED, 2);
  const verification = Math.min(wanted.verification, Math.max(there - wanted.public, Math.floor(there / 2)));
  return { public: Math.min(wanted.public, there - verification), verification };
}

/** How many files and connections this process may have open; null where the system does not say. Node has raised it as far as it may. */
export function descriptorsMax(): number | null {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}
