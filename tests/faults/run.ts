/**
 * `npm run faults`: real nodes, services and PostgreSQL under real faults, for minutes; prints a table. `-- --minutes N` plays on until
 * N minutes are over, `--only NAME` plays the faults whose name contains NAME, `--json FILE` writes the figures too, `--takers N` has N revocations under way at once. Exits 1 when
 * anything is not as it must be. `--count-from call` counts a revocation as returned when it is called: then it must.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { endRun } from '../run-directory.ts';
import { tableOf } from './report.ts';
import { runFaults } from './run-faults.ts';
import { SCENARIOS } from './scenarios.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '0' },
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    takers: { type: 'string', default: '12' },
    'freshness-seconds': { type: 'string', default: '1' },
    'count-from': { type: 'string', default: 'return' },
  },
});

const scenarios = SCENARIOS.filter(({ name }) => name.includes(values.only));
if (scenarios.length === 0) {
  process.stderr.write(
    `No fault is called so. There are:\n${SCENARIOS.map(({ name }) => `  ${name}\n`).join('')}`,
  );
  process.exit(2);
}
const startedMs = performance.now();
const report = await runFaults({
  scenarios,
  minMs: Number(values.minutes) * 60_000,
  healthyMs: 6000,
  freshnessSeconds: Number(values['freshness-seconds']),
  takers: Number(values.takers),
  tokens: 300,
  deactivateEveryMs: 5000,
  countFrom: values['count-from'] === 'call' ? 'call' : 'return',
  tell: (what) => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    process.stderr.write(`${seconds.padStart(4)} s  ${what}\n`);
  },
});
process.stdout.write(`${tableOf(report)}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
await endRun();
process.exit(report.violations.length === 0 ? 0 : 1);
