/** The short form of `npm run faults`: what must hold whatever happens. Times are reported there and judged by nobody here. */
import { expect, test } from 'vitest';
import { type FaultsOptions, runFaults } from './run-faults.ts';
import { SCENARIOS } from './scenarios.ts';

const few: FaultsOptions = {
  scenarios: [],
  minMs: 0,
  healthyMs: 1500,
  freshnessSeconds: 1,
  takers: 6,
  tokens: 40,
  deactivateEveryMs: 2000,
  countFrom: 'return',
  tell: () => {},
};

const played = [
  'node stopped, longer than S',
  'node stopped inside its revoking transaction',
  'database link black-holed',
  'database crashed and started',
];

test('no request that starts after a revocation has returned is accepted at any door, no live token is refused, and all come back, while nodes are stopped, cut off and their database crashes', async () => {
  const scenarios = SCENARIOS.filter(({ name }) => played.includes(name));
  expect(scenarios).toHaveLength(played.length);
  const report = await runFaults({ ...few, scenarios });
  expect(report.violations, JSON.stringify(report.wrongs.slice(0, 5))).toEqual([]);
  expect(Object.keys(report.ways).sort()).toEqual([
    'API',
    'API, called twice',
    'SQL and wait',
    'deactivation',
  ]);
  expect(report.total.acceptedInFlight + report.total.accepted).toBeGreaterThan(report.total.tokens);
  // Tokens were made on those that were taken away; the violations would say if any was made too late.
  expect(report.total.made).toBeGreaterThan(0);
  for (const name of played) expect(report.rows.map(({ phase }) => phase)).toContain(name);
});

test('a revocation that counts as returned before it has waited is found out', async () => {
  const report = await runFaults({ ...few, countFrom: 'call' });
  expect(report.total.acceptedLate).toBeGreaterThan(0);
  expect(report.violations.join()).toContain('after the revocation had returned');
});
