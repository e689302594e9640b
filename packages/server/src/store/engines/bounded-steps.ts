/**
 * Work on many rows in steps of a bounded size, each a transaction of its own. Between two steps others have their turn: SQLite works on the
 * thread that verifies, and a promise alone gives no turn to anybody.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Calls `step` until it did less than `atOnce`. A step that fails leaves what the others did. */
export async function inBoundedSteps(
  atOnce: number,
  step: (atOnce: number) => Promise<number>,
): Promise<void> {
  while ((await step(atOnce)) >= atOnce) await nextTurn();
}
