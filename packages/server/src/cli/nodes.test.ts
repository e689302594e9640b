import { expect, test } from 'vitest';
import type { ListedNode } from '../store/authority/nodes.ts';
import { nodesAsJson, nodesAsTable, stateOf } from './nodes.ts';

const NOW_MS = Date.UTC(2026, 0, 15, 8, 0, 0);

const node = (change: Partial<ListedNode> = {}): ListedNode => ({
  id: 'node_1',
  kind: 'server',
  hostname: 'portal-1',
  version: '0.2.0',
  pid: 4711,
  freshnessMs: 1000,
  startedAtMs: NOW_MS - 60_000,
  heartbeatAtMs: NOW_MS - 300,
  heartbeatCount: 180,
  appliedSeq: 42,
  stoppedAtMs: null,
  ...change,
});

test.each([
  ['running', {}],
  ['running', { heartbeatAtMs: NOW_MS + 5000 }],
  ['running', { heartbeatAtMs: NOW_MS - 15_000 }],
  ['silent', { heartbeatAtMs: NOW_MS - 15_001 }],
  ['running', { heartbeatAtMs: NOW_MS - 60_000, freshnessMs: 60_000 }],
  ['stopped', { stoppedAtMs: NOW_MS - 100 }],
  ['stopped', { heartbeatAtMs: NOW_MS - 99_000, stoppedAtMs: NOW_MS - 90_000 }],
])('%s: %j', (state, change) => {
  expect(stateOf(node(change), NOW_MS)).toBe(state);
});

test('a table has a line for each, under a head, with columns that stand', () => {
  const lines = nodesAsTable(
    [
      node(),
      node({ id: 'node_2', kind: 'worker', hostname: 'p2', heartbeatAtMs: NOW_MS - 60_000 }),
      node({ id: 'node_3', heartbeatAtMs: NOW_MS - 3 * 3_600_000, stoppedAtMs: NOW_MS - 3_600_000 }),
    ],
    NOW_MS,
  ).split('\n');
  expect(lines).toEqual([
    'HOST      PID   KIND    VERSION  FRESHNESS  HEARD OF   APPLIED  STATE                                   ID',
    'portal-1  4711  server  0.2.0    1 s        0.3 s ago  42       running                                 node_1',
    'p2        4711  worker  0.2.0    1 s        60 s ago   42       silent since 2026-01-15T07:59:00.000Z   node_2',
    'portal-1  4711  server  0.2.0    1 s        3 h ago    42       stopped since 2026-01-15T07:00:00.000Z  node_3',
    '',
  ]);
});

test('JSON has everything, with instants as elsewhere', () => {
  expect(JSON.parse(nodesAsJson([node()], NOW_MS))).toEqual([
    {
      id: 'node_1',
      kind: 'server',
      host: 'portal-1',
      pid: 4711,
      version: '0.2.0',
      freshness_seconds: 1,
      started_at: '2026-01-15T07:59:00.000Z',
      heartbeat_at: '2026-01-15T07:59:59.700Z',
      applied_seq: 42,
      state: 'running',
      stopped_at: null,
    },
  ]);
});
