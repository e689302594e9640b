/** Each mechanism that the protocol stands on is needed: without it a default seed breaks the promise that it keeps. */
import { expect, test } from 'vitest';
import { DEFAULT_SEEDS, MECHANISMS } from './mutations.ts';
import { mutant, product } from './protocol.ts';
import { simulate } from './simulate.ts';

test.each(MECHANISMS)('without $name a seed breaks $breaks', async ({ breaks, source, rules = {} }) => {
  const protocol = source ? await mutant(source) : product;
  for (let seed = 1; seed <= DEFAULT_SEEDS; seed++) {
    const { violations } = await simulate(seed, { protocol, rules });
    if (!violations.some((violation) => violation.includes(`${breaks}:`))) continue;
    // What the mutant breaks here the product keeps.
    expect((await simulate(seed)).violations).toEqual([]);
    return;
  }
  expect.fail(`${DEFAULT_SEEDS} seeds noticed nothing`);
});

test('a mutation whose place is gone is told of', async () => {
  const file = 'packages/verifier/src/lease.ts';
  await expect(mutant({ file, is: 'nowhere in the source', becomes: '' })).rejects.toThrow('0 times');
});
