/** The promises of freshness hold under thousands of schedules. One that breaks them prints itself and how to run it again. */
import { expect, test } from 'vitest';
import { DEFAULT_SEEDS } from './mutations.ts';
import { simulate } from './simulate.ts';

const PARTS = 4;

test.each(Array.from({ length: PARTS }, (_, part) => part))(
  'no schedule breaks a promise: part %i of the default seeds',
  async (part) => {
    let revocations = 0;
    let accepted = 0;
    for (let seed = 1 + part; seed <= DEFAULT_SEEDS; seed += PARTS) {
      const run = await simulate(seed);
      revocations += run.revocations;
      accepted += run.accepted;
      if (run.violations.length === 0) continue;
      const { log } = await simulate(seed, { tracing: true });
      const again = `Again: npm run simulate -- --seed ${seed} --trace`;
      expect.fail([`seed ${seed}`, ...log, ...run.violations, again].join('\n'));
    }
    // Something was tried: several revocations a seed, and many verdicts that let somebody in.
    expect(revocations).toBeGreaterThan((4 * DEFAULT_SEEDS) / PARTS);
    expect(accepted).toBeGreaterThan((40 * DEFAULT_SEEDS) / PARTS);
  },
);

test('a seed gives the same run each time', async () => {
  const runs = await Promise.all([7, 7].map((seed) => simulate(seed, { tracing: true })));
  expect(runs[0]?.log.length).toBeGreaterThan(100);
  expect(runs[0]?.log).toEqual(runs[1]?.log);
});
