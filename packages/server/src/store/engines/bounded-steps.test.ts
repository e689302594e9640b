import { expect, it } from 'vitest';
import { inBoundedSteps } from './bounded-steps.ts';

it('steps go on until one does less than it may, and others have their turn between them', async () => {
  const done: string[] = [];
  const sizes = [10, 10, 10, 3, 10];
  await inBoundedSteps(10, async (atOnce) => {
    expect(atOnce).toBe(10);
    done.push('step');
    // Whatever waits for its turn, like an answer to /verify.
    setImmediate(() => done.push('another'));
    return sizes.shift() ?? 0;
  });
  expect(done).toEqual(['step', 'another', 'step', 'another', 'step', 'another', 'step']);
});

it('a step that fails ends it', async () => {
  let steps = 0;
  const failing = inBoundedSteps(1, async () => {
    steps++;
    if (steps === 2) throw new Error('the disk is full');
    return 1;
  });
  await expect(failing).rejects.toThrow('the disk is full');
  expect(steps).toBe(2);
});
