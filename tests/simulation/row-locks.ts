/** Locks of rows in one server of the simulated database, first come, first served. Knows nothing of what is locked. */
import type { World } from './world.ts';

/** Who waits longer gives up, as a lock timeout has it, in milliseconds. */
const WAIT_MS_MAX = 1500;

export class RowLocks {
  readonly #world: World;
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Gives what frees it. @throws Error if it was not had in time */
  async take(row: string): Promise<() => void> {
    const waiting = this.#waiting.get(row);
    if (!waiting) {
      this.#waiting.set(row, []);
      return () => this.#free(row);
    }
    const ring = new Promise<boolean>((resolve) => {
      const had = () => resolve(true);
      waiting.push(had);
      this.#world.after(WAIT_MS_MAX, () => {
        const at = waiting.indexOf(had);
        if (at < 0) return;
        waiting.splice(at, 1);
        resolve(false);
      });
    });
    if (!(await ring)) throw new Error(`no lock of ${row} in time`);
    return () => this.#free(row);
  }

  #free(row: string): void {
    const next = this.#waiting.get(row)?.shift();
    if (next) next();
    else this.#waiting.delete(row);
  }
}
