/**
 * Remembers when which subject last changed, in a fixed amount of memory: so a cached entry is checked when it is read, and nothing
 * has to find the entries that a change is about. Subjects share places by a hash; a shared place only makes an entry look changed
 * that is not, never the other way round.
 */
import type { Subject } from './authority.ts';

/** A subject as 32 bits: FNV-1a of its name. */
export type Mark = number;

const PLACES_BITS = 20;
const PLACES = 2 ** PLACES_BITS;
const TURN_MAX = 2 ** 32 - 2;

/** `mark:<8 hexadecimal digits>` is a subject already hashed: what a node tells of a change names nobody. */
const MARKED = /^mark:[0-9a-f]{8}$/;

export function markOf(subject: Subject | string): Mark {
  if (MARKED.test(subject)) return Number.parseInt(subject.slice(5), 16);
  let hash = 0x811c9dc5;
  for (let at = 0; at < subject.length; at++) {
    hash = Math.imul(hash ^ subject.charCodeAt(at), 0x01000193);
  }
  return hash >>> 0;
}

export const subjectOfMark = (mark: Mark): Subject => `mark:${mark.toString(16).padStart(8, '0')}`;

export class ChangeStamps {
  readonly #turnOf = new Uint32Array(PLACES);
  /** Counts the batches of changes that were applied. */
  turn = 1;
  /** Another one: whatever was learnt before is void. */
  era = 0;
  /** Grows with each of them: while it stands still nothing has changed. */
  version = 0;

  /** Applies changes of one moment: what was loaded before it and is named is changed from now on. */
  apply(marks: readonly Mark[]): void {
    if (marks.length === 0) return;
    this.#nextTurn();
    for (const mark of marks) this.#turnOf[mark & (PLACES - 1)] = this.turn;
  }

  /** Everything may have changed. */
  startOver(): void {
    this.era++;
    this.#nextTurn();
  }

  #nextTurn(): void {
    this.version++;
    if (this.turn < TURN_MAX) {
      this.turn++;
      return;
    }
    // Turns begin anew: nothing of before may be compared with them.
    this.era++;
    this.turn = 1;
    this.#turnOf.fill(0);
  }

  /** Whether the subject of a mark may have changed after that turn of this era. */
  changedSince(mark: Mark, turn: number): boolean {
    return (this.#turnOf[mark & (PLACES - 1)] ?? 0) > turn;
  }
}
