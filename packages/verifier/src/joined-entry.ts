/** What the cache gives: one entry with those that it refers to. Whether it may be used, the cache says. */
import type { LoadKey } from './authority.ts';
import type { ChangeStamps, Mark } from './change-stamps.ts';
import type { EntryKind } from './entry-kinds.ts';
import type { HashWords } from './secret-hash.ts';

/** An entry of one kind as it was loaded. */
export type Part = {
  /** null: it was found by a digest, and who asked knows its key. */
  readonly key: LoadKey | null;
  readonly kind: EntryKind<unknown>;
  /** null: it does not exist. */
  readonly value: unknown;
  readonly marks: readonly Mark[];
  /** Where the stamps stood when the load began. */
  readonly turn: number;
  readonly era: number;
  /** The version of the stamps at which it was last found true. */
  trueAtVersion: number;
};

/** Whether nothing that it depends on has changed since its load began. */
export function isTruePart(part: Part, stamps: ChangeStamps): boolean {
  const { version } = stamps;
  if (part.trueAtVersion === version) return true;
  if (part.era !== stamps.era) return false;
  for (const mark of part.marks) if (stamps.changedSince(mark, part.turn)) return false;
  part.trueAtVersion = version;
  return true;
}

export class Entry<Joined> {
  /** null: it does not exist. */
  readonly value: Joined | null;
  /** The entry that was asked for, then those that it refers to. */
  readonly parts: readonly Part[];
  /** The place of the log at which it was true, where that is not applied yet; null: it is true where the log is applied up to. */
  readonly aheadSeq: number | null;
  /** The version of the stamps at which it was last found true. */
  trueAtVersion = -1;
  // The key, word by word: reading it in one place is what makes a hit quick.
  readonly #k0: number;
  readonly #k1: number;
  readonly #k2: number;
  readonly #k3: number;

  constructor(key: HashWords, value: Joined | null, parts: readonly Part[], aheadSeq: number | null) {
    this.#k0 = key[0] as number;
    this.#k1 = key[1] as number;
    this.#k2 = key[2] as number;
    this.#k3 = key[3] as number;
    this.value = value;
    this.parts = parts;
    this.aheadSeq = aheadSeq;
  }

  /** As many bits as the table of records compares. */
  isOf(key: HashWords): boolean {
    return this.#k2 === key[2] && this.#k0 === key[0] && this.#k1 === key[1] && this.#k3 === key[3];
  }
}
