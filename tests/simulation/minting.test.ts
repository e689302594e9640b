/** An authority that was taken away makes nothing more, under hundreds of schedules; without any one mechanism it does. */
import { expect, test } from 'vitest';
import { simulateMinting } from './minting.ts';
import { MINTING_MECHANISMS, MINTING_SEEDS } from './minting-mutations.ts';
import { mutant, product } from './protocol.ts';

test('no schedule has a lost authority make anything or get a kept reply, and none that stands is refused', async () => {
  const counts = { minted: 0, replayed: 0, refused: 0, takings: 0 };
  for (let seed = 1; seed <= MINTING_SEEDS; seed++) {
    const run = await simulateMinting(seed);
    for (const name of ['minted', 'replayed', 'refused', 'takings'] as const) counts[name] += run[name];
    if (run.violations.length === 0) continue;
    const { log } = await simulateMinting(seed, { tracing: true });
    const again = `Again: npm run simulate -- --seed ${seed} --trace`;
    expect.fail([`seed ${seed}`, ...log, ...run.violations, again].join('\n'));
  }
  // Something was tried, of each kind, in every seed.
  expect(counts.takings).toBeGreaterThan(2 * MINTING_SEEDS);
  for (const name of ['minted', 'replayed', 'refused'] as const)
    expect(counts[name], name).toBeGreaterThan(5 * MINTING_SEEDS);
});

test.each(MINTING_MECHANISMS)(
  'without $name a seed breaks $breaks',
  async ({ breaks, source, rules = {} }) => {
    const protocol = source ? await mutant(source) : product;
    for (let seed = 1; seed <= MINTING_SEEDS; seed++) {
      const { violations } = await simulateMinting(seed, { protocol, rules });
      if (!violations.some((violation) => violation.includes(`${breaks}:`))) continue;
      // What the mutant breaks here the product keeps.
      expect((await simulateMinting(seed)).violations).toEqual([]);
      return;
    }
    expect.fail(`${MINTING_SEEDS} seeds noticed nothing`);
  },
);

test('a seed of minting gives the same run each time', async () => {
  const runs = await Promise.all([7, 7].map((seed) => simulateMinting(seed, { tracing: true })));
  expect(runs[0]?.log.length).toBeGreaterThan(30);
  expect(runs[0]?.log).toEqual(runs[1]?.log);
});
