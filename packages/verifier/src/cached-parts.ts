/** The cached entries of one kind, apart from those of other kinds: most packed, some as they are. Gives only what is true. */
import type { LoadKey, Subject } from './authority.ts';
import { type ChangeStamps, type Mark, markOf } from './change-stamps.ts';
import type { EntryKind } from './entry-kinds.ts';
import { isTruePart, type Part } from './joined-entry.ts';
import { TEXT_LENGTH_MAX } from './packed-texts.ts';
import { RecordTable } from './record-table.ts';
import { type HashWords, wordsOfKey } from './secret-hash.ts';

/** Subjects of what is not there: its creation under each of the keys that digests are made with. */
const NEGATIVE_MARKS_MAX = 6;
/** Parts of which nothing has to be unpacked, found by their keys' marks, at most. A power of two. */
const NEAR_MAX = 4096;
/** Of so many that find their place taken one gets in. */
const NEWCOMERS_ONE_IN = 16;

/** Of the key that is being looked for; no call waits while it is in use. */
const scratch: HashWords = new Int32Array(8);

export class CachedParts {
  readonly #kind: EntryKind<unknown>;
  readonly #stamps: ChangeStamps;
  readonly #entries: RecordTable;
  readonly #negatives: RecordTable;
  readonly #near: (Part | undefined)[];
  #turnedAway = 0;

  constructor(kind: EntryKind<unknown>, stamps: ChangeStamps, entriesMax: number, negativesMax: number) {
    this.#kind = kind;
    this.#stamps = stamps;
    this.#entries = new RecordTable(entriesMax, kind.marksMax);
    this.#negatives = new RecordTable(negativesMax, NEGATIVE_MARKS_MAX);
    let nearSize = 16;
    while (nearSize < NEAR_MAX && nearSize < entriesMax) nearSize *= 2;
    this.#near = new Array(nearSize).fill(undefined);
  }

  get size(): number {
    return this.#entries.size;
  }

  get negatives(): number {
    return this.#negatives.size;
  }

  /** undefined: not cached, or not true any more. */
  take(words: HashWords): Part | undefined {
    return this.#unpacked(words, null);
  }

  /** The same by the key itself, which many entries refer to: found without a digest. */
  takeByKey(key: LoadKey): Part | undefined {
    const place = markOf(key) & (this.#near.length - 1);
    const near = this.#near[place];
    if (near !== undefined && near.key === key && isTruePart(near, this.#stamps)) return near;
    const part = this.#unpacked(wordsOfKey(key, scratch), key);
    // Of more than there is room for, each would drive out one that is asked for sooner.
    const hasRoom = near === undefined || near.key === key || ++this.#turnedAway % NEWCOMERS_ONE_IN === 0;
    if (part !== undefined && hasRoom) this.#near[place] = part;
    return part;
  }

  partOf(key: LoadKey, value: unknown, subjects: readonly Subject[], turn: number): Part {
    // What depends on nothing could never be taken back.
    if (subjects.length === 0) throw new RangeError('An entry depends on at least one subject.');
    const { era } = this.#stamps;
    return { key, kind: this.#kind, value, marks: subjects.map(markOf), turn, era, trueAtVersion: -1 };
  }

  keep(key: LoadKey, { value, marks, turn }: Part): void {
    const table = value === null ? this.#negatives : this.#entries;
    const marksMax = value === null ? NEGATIVE_MARKS_MAX : this.#kind.marksMax;
    // More than there is room for: good for this once, and not kept, because a mark left out is a change overlooked.
    if (marks.length > marksMax) return;
    const text = value === null ? '' : this.#kind.pack(value);
    if (text.length > TEXT_LENGTH_MAX) return;
    const words = wordsOfKey(key);
    table.shardOf(words).put(words, turn, filled(marks, marksMax), text);
  }

  clear(): void {
    this.#entries.clear();
    this.#negatives.clear();
    this.#near.fill(undefined);
  }

  #unpacked(words: HashWords, key: LoadKey | null): Part | undefined {
    const found = this.#slotIn(this.#entries, words);
    const table = found === undefined ? this.#negatives : this.#entries;
    const slot = found ?? this.#slotIn(table, words);
    if (slot === undefined) return undefined;
    const shard = table.shardOf(words);
    shard.touch(slot);
    return {
      key,
      kind: this.#kind,
      value: table === this.#entries ? this.#kind.unpack(shard.textAt(slot)) : null,
      marks: shard.marksAt(slot),
      turn: shard.turnAt(slot),
      era: this.#stamps.era,
      trueAtVersion: this.#stamps.version,
    };
  }

  #slotIn(table: RecordTable, words: HashWords): number | undefined {
    const shard = table.shardOf(words);
    const slot = shard.find(words);
    return slot < 0 || shard.isChanged(slot, this.#stamps) ? undefined : slot;
  }
}

function filled(marks: readonly Mark[], size: number): readonly Mark[] {
  const [first] = marks as readonly [Mark];
  return marks.length === size ? marks : Array.from({ length: size }, (_, at) => marks[at] ?? first);
}
