import { expect, it } from 'vitest';
import { createBatches } from './batches.ts';

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

const soon = (work: () => void) => void setImmediate(work);
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('asks together what was asked for in one turn, and answers each its own', async () => {
  const { asked, release, ask } = heldStore();
  const { add } = createBatches({ ask, sizeMax: 10, parallelMax: 1, soon });
  const answers = Promise.all([1, 2, 3].map(add));
  await turn();
  expect(asked).toEqual([[1, 2, 3]]);
  release[0]?.();
  expect(await answers).toEqual([10, 20, 30]);
});

it('asks for no more at once than the size, and loses none of the rest', async () => {
  const { asked, release, ask } = heldStore();
  const { add } = createBatches({ ask, sizeMax: 2, parallelMax: 2, soon });
  const answers = Promise.all([1, 2, 3, 4, 5].map(add));
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
  const { add } = createBatches({ ask, sizeMax: 10, parallelMax: 1, soon });
  const first = add(1);
  await turn();
  const second = add(2);
  await turn();
  const third = add(3);
  await turn();
  expect(asked).toEqual([[1]]);
  release[0]?.();
  await first;
  await turn();
  expect(asked[1]).toEqual([2, 3]);
  release[1]?.();
  expect(await Promise.all([second, third])).toEqual([20, 30]);
});

it('fails all of a failed question and who waits for the same end, and goes on', async () => {
  const { asked, release, ask } = heldStore();
  const { add } = createBatches({ ask, sizeMax: 2, parallelMax: 1, soon });
  const answers = Promise.allSettled([1, 2, 3].map(add));
  await turn();
  release[0]?.(new Error('gone'));
  expect((await answers).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  const later = add(4);
  await turn();
  expect(asked).toEqual([[1, 2], [4]]);
  release[1]?.();
  expect(await later).toBe(40);
});

it('fails who waits when it is told to, and not what is under way', async () => {
  const { release, ask } = heldStore();
  const { add, failWaiting } = createBatches({ ask, sizeMax: 1, parallelMax: 1, soon });
  const answers = Promise.allSettled([1, 2].map(add));
  await turn();
  failWaiting(new Error('closed'));
  release[0]?.();
  expect((await answers).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});

it('takes an answer that leaves one out for none', async () => {
  const { add } = createBatches({ ask: async () => [1], sizeMax: 5, parallelMax: 1, soon });
  for (const answer of await Promise.allSettled([add(1), add(2)])) {
    expect(answer).toMatchObject({ status: 'rejected', reason: { message: /Not every/ } });
  }
});
