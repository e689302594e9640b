/** What `lencana nodes` prints: each process that verifies, whether it is heard of, and how far it has followed the log of changes. Pure. */
import { HEARTBEAT_MS, type ListedNode } from '../store/authority/nodes.ts';

export type NodeState = 'running' | 'silent' | 'stopped';

/** Silent: three heartbeats are missing. A row of a node that stopped goes soon after its last lease is over. */
export function stateOf({ stoppedAtMs, heartbeatAtMs, freshnessMs }: ListedNode, nowMs: number): NodeState {
  if (stoppedAtMs !== null) return 'stopped';
  return nowMs - heartbeatAtMs > 3 * Math.max(HEARTBEAT_MS, freshnessMs) ? 'silent' : 'running';
}

export function nodesAsJson(nodes: readonly ListedNode[], nowMs: number): string {
  const listed = nodes.map((node) => ({
    id: node.id,
    kind: node.kind,
    host: node.hostname,
    pid: node.pid,
    version: node.version,
    freshness_seconds: node.freshnessMs / 1000,
    started_at: new Date(node.startedAtMs).toISOString(),
    heartbeat_at: new Date(node.heartbeatAtMs).toISOString(),
    applied_seq: node.appliedSeq,
    state: stateOf(node, nowMs),
    stopped_at: node.stoppedAtMs === null ? null : new Date(node.stoppedAtMs).toISOString(),
  }));
  return `${JSON.stringify(listed)}\n`;
}

const HEAD = ['HOST', 'PID', 'KIND', 'VERSION', 'FRESHNESS', 'HEARD OF', 'APPLIED', 'STATE', 'ID'];

export function nodesAsTable(nodes: readonly ListedNode[], nowMs: number): string {
  const rows = nodes.map((node) => [
    node.hostname,
    String(node.pid),
    node.kind,
    node.version,
    `${node.freshnessMs / 1000} s`,
    `${ageOf(nowMs - node.heartbeatAtMs)} ago`,
    String(node.appliedSeq),
    sentenceOf(node, nowMs),
    node.id,
  ]);
  const all = [HEAD, ...rows];
  const widths = HEAD.map((_, at) => Math.max(...all.map((row) => (row[at] ?? '').length)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function sentenceOf(node: ListedNode, nowMs: number): string {
  const state = stateOf(node, nowMs);
  if (state === 'running') return state;
  return `${state} since ${new Date(node.stoppedAtMs ?? node.heartbeatAtMs).toISOString()}`;
}

/** Clocks of two machines may differ: what is not past is now. */
function ageOf(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}
