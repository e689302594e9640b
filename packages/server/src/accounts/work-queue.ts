/** Lets a bounded number of jobs run at once and a bounded number wait. Knows nothing of what the jobs do. */

/** Too many wait already; nothing was begun. */
export class WorkQueueFullError extends Error {
  override readonly name = 'WorkQueueFullError';
}

export type WorkQueue = <T>(job: () => Promise<T>) => Promise<T>;

/** Jobs take their turns in the order they came. */
export function createWorkQueue(runningMax: number, waitingMax: number): WorkQueue {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (job) => {
    if (running < runningMax) running += 1;
    else {
      if (waiting.length >= waitingMax) throw new WorkQueueFullError('Too many jobs are waiting.');
      // Whoever finishes hands its turn on, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await job();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
