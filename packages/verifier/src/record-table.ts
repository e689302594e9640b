/**
 * Many cached entries in little memory: keys, marks, turns and packed values in typed arrays, in shards so small that
 * growing one is never a pause. Full, it evicts what was not read for longest (second chance). Whether an
 * entry may still be given, the cache above decides.
 */
import type { ChangeStamps } from './change-stamps.ts';
import { PackedTexts } from './packed-texts.ts';
import type { HashWords } from './secret-hash.ts';

/** So much of a key is kept and compared: 128 bits of a SHA-256. To find another text with those of an entry is out of reach. */
const KEY_WORDS = 4;
const SHARD_ENTRIES_MAX = 4096;
const SHARD_ENTRIES_MIN = 16;
/** How much larger a full shard becomes: growing often costs little, and room that nobody uses is memory. */
const GROWTH = 1.06;

export class RecordTable {
  readonly #shards: Shard[];
  readonly #mask: number;

  /**
   * @param entriesMax how many entries it holds at most; rounded up to fill its shards evenly
   * @param marksMax marks that an entry has room for
   */
  constructor(entriesMax: number, marksMax: number) {
    let shards = 1;
    while (shards * SHARD_ENTRIES_MAX < entriesMax) shards *= 2;
    const each = Math.max(1, Math.ceil(entriesMax / shards));
    this.#shards = Array.from({ length: shards }, () => new Shard(each, marksMax));
    this.#mask = shards - 1;
  }

  shardOf(key: HashWords): Shard {
    return this.#shards[(key[1] as number) & this.#mask] as Shard;
  }

  get size(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.count, 0);
  }

  clear(): void {
    for (const shard of this.#shards) shard.clear();
  }
}

export class Shard {
  readonly #entriesMax: number;
  readonly #marksMax: number;
  #keys = new Int32Array(SHARD_ENTRIES_MIN * KEY_WORDS);
  #turns = new Uint32Array(SHARD_ENTRIES_MIN);
  #marks: Uint32Array;
  #read = new Uint8Array(SHARD_ENTRIES_MIN);
  #next = new Uint16Array(SHARD_ENTRIES_MIN);
  /** First slot of each bucket, plus one; 0: none. Buckets are chained by #next, in the same way. */
  #heads = new Uint16Array(SHARD_ENTRIES_MIN);
  readonly #texts = new PackedTexts(SHARD_ENTRIES_MIN);
  #hand = 0;
  count = 0;

  constructor(entriesMax: number, marksMax: number) {
    this.#entriesMax = entriesMax;
    this.#marksMax = marksMax;
    this.#marks = new Uint32Array(SHARD_ENTRIES_MIN * marksMax);
  }

  /** The entry's slot, -1 if the key is not there. */
  find(key: HashWords): number {
    const keys = this.#keys;
    for (
      let at = this.#heads[this.#bucketOf(key[0] as number)] as number;
      at !== 0;
      at = this.#next[at - 1] as number
    ) {
      const from = (at - 1) * KEY_WORDS;
      let word = 0;
      while (word < KEY_WORDS && keys[from + word] === key[word]) word++;
      if (word === KEY_WORDS) return at - 1;
    }
    return -1;
  }

  /** Marks the entry as read, so that it is not the next to go. */
  touch(slot: number): void {
    this.#read[slot] = 1;
  }

  textAt(slot: number): string {
    return this.#texts.get(slot);
  }

  turnAt(slot: number): number {
    return this.#turns[slot] as number;
  }

  marksAt(slot: number): number[] {
    // Of the right size at once: a list that grows takes several times as much.
    const marks: number[] = new Array(this.#marksMax);
    const from = slot * this.#marksMax;
    for (let at = 0; at < marks.length; at++) marks[at] = this.#marks[from + at] as number;
    return marks;
  }

  /** Whether something that the entry depends on has changed since its load began. Nothing is unpacked for it. */
  isChanged(slot: number, stamps: ChangeStamps): boolean {
    const turn = this.#turns[slot] as number;
    const from = slot * this.#marksMax;
    for (let at = from; at < from + this.#marksMax; at++) {
      if (stamps.changedSince(this.#marks[at] as number, turn)) return true;
    }
    return false;
  }

  /**
   * Puts an entry in the place of an older one of the same key, else where there is room, else where nobody read for long.
   * @param marks as many as there is room for
   */
  put(key: HashWords, turn: number, marks: readonly number[], text: string): void {
    let slot = this.find(key);
    if (slot < 0) {
      slot = this.count < this.#entriesMax ? this.#take() : this.#evict();
      for (let word = 0; word < KEY_WORDS; word++) this.#keys[slot * KEY_WORDS + word] = key[word] as number;
      const bucket = this.#bucketOf(key[0] as number);
      this.#next[slot] = this.#heads[bucket] as number;
      this.#heads[bucket] = slot + 1;
    }
    this.#turns[slot] = turn;
    this.#marks.set(marks, slot * this.#marksMax);
    this.#read[slot] = 0;
    this.#texts.set(slot, text);
  }

  clear(): void {
    this.#heads.fill(0);
    this.#texts.clear();
    this.#hand = 0;
    this.count = 0;
  }

  #bucketOf(word: number): number {
    return word & (this.#heads.length - 1);
  }

  #take(): number {
    if (this.count === this.#turns.length) this.#grow();
    return this.count++;
  }

  #grow(): void {
    const size = Math.min(this.#entriesMax, Math.ceil(this.count * GROWTH) + 1);
    const grown = <T extends Int32Array | Uint32Array | Uint16Array | Uint8Array>(larger: T, old: T): T => {
      larger.set(old);
      return larger;
    };
    this.#keys = grown(new Int32Array(size * KEY_WORDS), this.#keys);
    this.#turns = grown(new Uint32Array(size), this.#turns);
    this.#marks = grown(new Uint32Array(size * this.#marksMax), this.#marks);
    this.#read = grown(new Uint8Array(size), this.#read);
    this.#texts.grow(size);
    this.#next = new Uint16Array(size);
    if (size > this.#heads.length) this.#heads = new Uint16Array(this.#heads.length * 2);
    else this.#heads.fill(0);
    for (let slot = 0; slot < this.count; slot++) {
      const bucket = this.#bucketOf(this.#keys[slot * KEY_WORDS] as number);
      this.#next[slot] = this.#heads[bucket] as number;
      this.#heads[bucket] = slot + 1;
    }
  }

  /** Second chance: what was read since the hand last came by stays once more. */
  #evict(): number {
    while (this.#read[this.#hand] === 1) {
      this.#read[this.#hand] = 0;
      this.#hand = (this.#hand + 1) % this.count;
    }
    const slot = this.#hand;
    this.#hand = (slot + 1) % this.count;
    this.#unlink(slot);
    return slot;
  }

  #unlink(slot: number): void {
    const bucket = this.#bucketOf(this.#keys[slot * KEY_WORDS] as number);
    const next = this.#next[slot] as number;
    if (this.#heads[bucket] === slot + 1) {
      this.#heads[bucket] = next;
      return;
    }
    let at = this.#heads[bucket] as number;
    while (this.#next[at - 1] !== slot + 1) at = this.#next[at - 1] as number;
    this.#next[at - 1] = next;
  }
}
