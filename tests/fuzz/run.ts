/**
 * `npm run fuzz`: 100,000 hostile requests over every route of both listeners. `-- --requests N` sends so many, `--seed K` others than those of
 * seed 1. Prints one line, and before it everything that must not be; exits 1 then.
 */
import { parseArgs } from 'node:util';
import { endRun } from '../run-directory.ts';
import { runCampaign } from './campaign.ts';
import { summaryOf } from './summary.ts';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
  },
});

const startedMs = performance.now();
const report = await runCampaign({
  requests: Number(values.requests),
  seed: Number(values.seed),
  stallMsMax: 100,
  database: 'sqlite',
  tell: (what) => {
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0);
    process.stderr.write(`${seconds.padStart(4)} s  ${what}\n`);
  },
});
for (const fault of report.faults) process.stderr.write(`${fault}\n`);
process.stdout.write(`${summaryOf(report, Number(values.seed))}\n`);
await endRun();
process.exit(report.faults.length === 0 ? 0 : 1);
