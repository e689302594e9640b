/**
 * Clears nodes away that are gone. Nobody's clock but this node's monotonic one is believed: a row is cleared only after it was
 * seen twice with the same heartbeat, further apart than any lease from that heartbeat can last. A node that comes back later finds
 * its row missing, and has no lease until it has registered again. Pure.
 */

export type WatchedNode = {
  readonly id: string;
  readonly heartbeat_count: number;
  /** S in milliseconds. */
  readonly freshness_ms: number;
};

export type NodeWatchParts = {
  readonly ownId: string;
  readonly monotonicMs: () => number;
  readonly list: () => Promise<readonly WatchedNode[]>;
  /** Only if the heartbeat is still that one. */
  readonly forget: (id: string, heartbeatCount: number) => Promise<void>;
};

/** How often, in milliseconds, a node that does not write with each sync shows that it is alive. */
export const HEARTBEAT_MS = 5000;

/** How long, in milliseconds, a node with that freshness may be silent. */
const silentMsMax = (freshnessMs: number) => freshnessMs * 1.001 + 3 * HEARTBEAT_MS;

export function createNodeWatch({ ownId, monotonicMs, list, forget }: NodeWatchParts) {
  let seen = new Map<string, { readonly count: number; readonly sinceMs: number }>();

  /** Looks once. Rejects as the store does; what was seen before stays. */
  return async function look(): Promise<void> {
    const nodes = await list();
    const nowMs = monotonicMs();
    const before = seen;
    seen = new Map();
    for (const { id, heartbeat_count: count, freshness_ms: freshnessMs } of nodes) {
      if (id === ownId) continue;
      const earlier = before.get(id);
      const sinceMs = earlier?.count === count ? earlier.sinceMs : nowMs;
      seen.set(id, { count, sinceMs });
      if (nowMs - sinceMs > silentMsMax(freshnessMs)) await forget(id, count);
    }
  };
}
