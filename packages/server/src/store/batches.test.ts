import { expect, it } from 'vitest';
import { inBatches } from './batches.ts';

/** Answers when it is told to, and keeps what it was asked. */
function heldStore() {
  const asked: (readonly number[])[] = [];
  const release: ((failure?: Error) => void)[] = [];
  const ask = (all: readonly number[]) => {
    asked.push(all);
    return new Promise<number[]>((resolve, reject) => {
      release.push((failure) => (failure ? reject(failure) : resolve(all.map((one) => one * 10))));
    });
  };
  return { asked, release, ask };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('asks together what was asked for in one turn, and answers each its own', async () => {
  const { asked, release, ask } = heldStore();
  const load = inBatches(ask, { sizeMax: 10, parallelMax: 1 });
  const answers = Promise.all([1, 2, 3].map(load));
  await turn();
  expect(asked).toEqual([[1, 2, 3]]);
  release[0]?.();
  expect(await answers).toEqual([10, 20, 30]);
});

it('asks for no more at once than the size, and loses none of the rest', async () => {
  const { asked, release, ask } = heldStore();
  const load = inBatches(ask, { sizeMax: 2, parallelMax: 2 });
  const answers = Promise.all([1, 2, 3, 4, 5].map(load));
  for (let at = 0; at < 4; at++) await turn();
  expect(asked).toEqual([
    [1, 2],
    [3, 4],
  ]);
  release[0]?.();
  for (let at = 0; at < 4; at++) await turn();
  expect(asked[2]).toEqual([5]);
  release[1]?.();
  release[2]?.();
  expect(await answers).toEqual([10, 20, 30, 40, 50]);
});

it('gathers what comes while as many as may are under way', async () => {
  const { asked, release, ask } = heldStore();
  const load = inBatches(ask, { sizeMax: 10, parallelMax: 1 });
  const first = load(1);
  await turn();
  const second = load(2);
  await turn();
  const third = load(3);
  await turn();
  expect(asked).toEqual([[1]]);
  release[0]?.();
  await first;
  await turn();
  expect(asked[1]).toEqual([2, 3]);
  release[1]?.();
  expect(await Promise.all([second, third])).toEqual([20, 30]);
});

it('fails all of a failed question, and goes on with the next', async () => {
  const { release, ask } = heldStore();
  const load = inBatches(ask, { sizeMax: 2, parallelMax: 1 });
  const answers = Promise.allSettled([1, 2, 3].map(load));
  await turn();
  release[0]?.(new Error('gone'));
  for (let at = 0; at < 3; at++) await turn();
  release[1]?.();
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
});

it('takes a question that was left out for a failure', async () => {
  const load = inBatches(async () => [1], { sizeMax: 5, parallelMax: 1 });
  const [first, second] = await Promise.allSettled([load(1), load(2)]);
  expect(first).toEqual({ status: 'fulfilled', value: 1 });
  expect(second).toMatchObject({ status: 'rejected', reason: { message: /unanswered/ } });
});
