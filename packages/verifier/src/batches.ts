/**
 * Many small questions as few larger ones: what is asked for in one turn goes together and is answered together. That spares a
 * transaction or a round trip for each, and whoever waits at the other end is woken once instead of at every answer, which costs more
 * than the look-up itself.
 */

export type BatchesParts<Asked, Answer> = {
  /** Answers all, in their order, or none. */
  readonly ask: (all: readonly Asked[]) => Promise<readonly Answer[]>;
  /** How many go together at most. */
  readonly sizeMax: number;
  /** How many questions are under way at most; what comes meanwhile waits, and goes together. */
  readonly parallelMax: number;
  /** When a turn is over: `queueMicrotask`, or `setImmediate` for what came over other connections, too. */
  readonly soon: (work: () => void) => void;
};

export type Batches<Asked, Answer> = {
  /** Rejects as `ask` did, of this question or of one that was under way while this one waited. */
  add(asked: Asked): Promise<Answer>;
  /** Rejects all who wait and are not under way. */
  failWaiting(error: unknown): void;
};

export function createBatches<Asked, Answer>(parts: BatchesParts<Asked, Answer>): Batches<Asked, Answer> {
  type Waiting = { asked: Asked; resolve: (answer: Answer) => void; reject: (error: unknown) => void };
  const { ask, sizeMax, parallelMax, soon } = parts;
  let waiting: Waiting[] = [];
  let underWay = 0;
  let due = false;

  function begin(): void {
    if (due || waiting.length === 0 || underWay >= parallelMax) return;
    due = true;
    soon(askNext);
  }

  async function askNext(): Promise<void> {
    due = false;
    const batch = waiting.slice(0, sizeMax);
    waiting = waiting.slice(sizeMax);
    if (batch.length === 0) return;
    underWay++;
    begin();
    try {
      const answers = await ask(batch.map(({ asked }) => asked));
      if (answers.length !== batch.length) throw new Error('Not every question was answered.');
      batch.forEach(({ resolve }, at) => {
        resolve(answers[at] as Answer);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
      // They would wait their turn for the same end.
      failWaiting(error);
    } finally {
      underWay--;
      begin();
    }
  }

  function failWaiting(error: unknown): void {
    const ended = waiting;
    waiting = [];
    for (const { reject } of ended) reject(error);
  }

  return {
    add: (asked) =>
      new Promise((resolve, reject) => {
        waiting.push({ asked, resolve, reject });
        begin();
      }),
    failWaiting,
  };
}
