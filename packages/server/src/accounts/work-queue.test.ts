/** Few jobs at once, few waiting, the rest refused. */
import { expect, it } from 'vitest';
import { createWorkQueue, WorkQueueFullError } from './work-queue.ts';

it('runs as many at once as it may, the others in their order, and refuses what it has no room for', async () => {
  const queue = createWorkQueue(2, 2);
  const log: string[] = [];
  const ends: (() => void)[] = [];
  const job = (name: string) =>
    queue(() => {
      log.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const jobs = ['a', 'b', 'c', 'd'].map(job);
  await expect(job('e')).rejects.toThrow(WorkQueueFullError);
  expect(log).toEqual(['a', 'b']);
  ends[0]?.();
  await jobs[0];
  expect(log).toEqual(['a', 'b', 'c']);
  ends[1]?.();
  await jobs[1];
  expect(log).toEqual(['a', 'b', 'c', 'd']);
  for (const end of ends) end();
  await Promise.all(jobs);
});

it('goes on after a job that failed', async () => {
  const queue = createWorkQueue(1, 1);
  const failing = queue(() => Promise.reject(new Error('no')));
  const next = queue(async () => 'done');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('done');
  expect(await queue(async () => 'again')).toBe('again');
});
