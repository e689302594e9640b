/** The table of metrics in docs/operate/observe.md holds exactly those that there are, and alerts name no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createMetrics } from '../../packages/server/src/metrics/metrics.ts';
import { readingUnderTest } from '../../packages/server/src/metrics/reading-under-test.ts';
import { repositoryRoot } from '../run-directory.ts';

const page = readFileSync(join(repositoryRoot, 'docs', 'operate', 'observe.md'), 'utf8');

async function toldNames(): Promise<string[]> {
  const parts = {
    version: '',
    verifier: readingUnderTest(),
    feedRefusals: () => 0,
    logLinesDropped: () => 0,
  };
  return (await createMetrics(parts).snapshot()).map(({ name }) => name);
}

test('every metric of ours is in the table once, and nothing else is', async () => {
  const documented = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);
  const ours = (await toldNames()).filter((name) => name.startsWith('lencana_'));
  expect(ours.length).toBeGreaterThan(10);
  expect(documented.toSorted()).toEqual(ours.toSorted());
});

test('alerts and samples name metrics that there are', async () => {
  const told = await toldNames();
  const named = [...page.matchAll(/\b(?:lencana|process|nodejs)_\w+/g)].map(([name]) => name);
  const unknown = named.filter(
    (name) =>
      !told.some((each) => [each, `${each}_bucket`].includes(name) || /^(process|nodejs)_$/.test(name)),
  );
  expect(unknown.filter((name) => name !== 'lencana_lease')).toEqual([]);
});
