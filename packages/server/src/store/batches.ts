/**
 * Many small questions as few larger ones: what is asked for in one turn of the event loop goes to the store together, and is answered
 * together. That spares a transaction or a round trip for each, and whoever waits at the other end is woken once instead of at every
 * answer, which costs more than the look-up itself.
 */

export type BatchLimits = {
  /** How many are asked for together at most. */
  readonly sizeMax: number;
  /** How many such questions are under way at most; what comes meanwhile waits, and goes together. */
  readonly parallelMax: number;
};

/** `ask` answers all, in their order, or none. */
export function inBatches<Asked, Answer>(
  ask: (all: readonly Asked[]) => Promise<readonly Answer[]>,
  { sizeMax, parallelMax }: BatchLimits,
): (asked: Asked) => Promise<Answer> {
  type Waiting = { asked: Asked; resolve: (answer: Answer) => void; reject: (error: unknown) => void };
  let waiting: Waiting[] = [];
  let underWay = 0;
  let due = false;

  /** After everything else that is there to be read in this turn. */
  function begin(): void {
    if (due || waiting.length === 0 || underWay >= parallelMax) return;
    due = true;
    setImmediate(askNext);
  }

  async function askNext(): Promise<void> {
    due = false;
    const batch = waiting.length > sizeMax ? waiting.splice(0, sizeMax) : waiting;
    if (batch === waiting) waiting = [];
    underWay++;
    begin();
    try {
      const answers = await ask(batch.map(({ asked }) => asked));
      batch.forEach(({ resolve, reject }, at) => {
        const answer = answers[at];
        if (answer === undefined) reject(new Error('The store left a question unanswered.'));
        else resolve(answer);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      underWay--;
      begin();
    }
  }

  return (asked) =>
    new Promise((resolve, reject) => {
      waiting.push({ asked, resolve, reject });
      begin();
    });
}
