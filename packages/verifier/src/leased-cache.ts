/**
 * What was loaded, kept for as long as it is true: an entry is given only while nothing that it depends on has changed since its
 * load *began*, so a load that raced with a change gives nothing to anybody, those who joined it included. Whether the lease is live,
 * the caller asks at the verdict, in the same turn. Bounded; what is not there has a place of its own, so that a flood of
 * rubbish drives out no live entry. Keys are SHA-256 digests.
 */
import type { LoadAnswer, Position, Subject } from './authority.ts';
import { type Mark, markOf } from './change-stamps.ts';
import type { Lease } from './lease.ts';
import { MARKS_MAX, RecordTable } from './record-table.ts';
import type { HashWords } from './secret-hash.ts';

/** A value as one string, in few bytes, and back. */
export type Codec<Value> = { encode(value: Value): string; decode(text: string): Value };

export type LeasedCacheParts<Value> = {
  readonly lease: Lease;
  readonly codec: Codec<Value>;
  /** Hears why a load failed. */
  readonly onLoadFailure?: ((error: unknown) => void) | undefined;
  /** Default 100,000. */
  readonly entriesMax?: number | undefined;
  /** Of what there is not. Default 10,000. */
  readonly negativesMax?: number | undefined;
};

/** What a load or the cache knows of a key. */
export class Entry<Value> {
  /** null: there is none. */
  readonly value: Value | null;
  readonly marks: readonly Mark[];
  /** Where the stamps stood when the load began. */
  readonly turn: number;
  readonly era: number;
  /** The version of the stamps at which it was last found true. */
  trueAtVersion = -1;
  // The key, word by word: reading it in one place is what makes a hit quick.
  readonly #k0: number;
  readonly #k1: number;
  readonly #k2: number;
  readonly #k3: number;
  readonly #k4: number;
  readonly #k5: number;
  readonly #k6: number;
  readonly #k7: number;

  constructor(key: HashWords, value: Value | null, marks: readonly Mark[], turn: number, era: number) {
    this.#k0 = key[0] as number;
    this.#k1 = key[1] as number;
    this.#k2 = key[2] as number;
    this.#k3 = key[3] as number;
    this.#k4 = key[4] as number;
    this.#k5 = key[5] as number;
    this.#k6 = key[6] as number;
    this.#k7 = key[7] as number;
    this.value = value;
    this.marks = marks;
    this.turn = turn;
    this.era = era;
  }

  isOf(key: HashWords): boolean {
    return (
      this.#k2 === key[2] &&
      this.#k0 === key[0] &&
      this.#k1 === key[1] &&
      this.#k3 === key[3] &&
      this.#k4 === key[4] &&
      this.#k5 === key[5] &&
      this.#k6 === key[6] &&
      this.#k7 === key[7]
    );
  }
}

/** A load, and where things stood when it began. */
type Begun = {
  readonly key: HashWords;
  readonly name: number;
  readonly asked: Position;
  readonly turn: number;
  readonly asOf: number;
};

/** Loads under way at once: a flood of what nobody has must not queue before what somebody has. */
const FLIGHTS_MAX = 1000;

/** How often a load is begun anew because a change came in between. */
const LOADS_MAX = 4;

/** Entries of which nothing has to be unpacked, at most. A power of two. */
const HOT_MAX = 4096;

export type CacheCounts = { loads: number; loadFailures: number; loadsVoid: number };

export type LeasedCache<Value> = ReturnType<typeof createLeasedCache<Value>>;

export function createLeasedCache<Value>(parts: LeasedCacheParts<Value>) {
  const { lease, codec } = parts;
  const { stamps } = lease;
  const entriesMax = parts.entriesMax ?? 100_000;
  const entries = new RecordTable(entriesMax);
  const negatives = new RecordTable(parts.negativesMax ?? 10_000);
  let hotSize = 16;
  while (hotSize < HOT_MAX && hotSize < entriesMax) hotSize *= 2;
  const hot: (Entry<Value> | undefined)[] = new Array(hotSize).fill(undefined);
  const flights = new Map<
    number,
    { readonly key: HashWords; readonly answer: Promise<Entry<Value> | null> }
  >();
  let flying = 0;
  const counts: CacheCounts = { loads: 0, loadFailures: 0, loadsVoid: 0 };
  let era = stamps.era;

  /** The entry if it is cached and nothing that it depends on has changed; undefined else. Says nothing about the lease. */
  function peek(key: HashWords): Entry<Value> | undefined {
    if (era !== stamps.era) dropAll();
    const place = (key[2] as number) & (hotSize - 1);
    const near = hot[place];
    if (near?.isOf(key)) {
      if (isTrue(near)) return near;
    } else {
      const beside = hot[place ^ 1];
      if (beside?.isOf(key) && isTrue(beside)) return beside;
    }
    return unpacked(key, entries, true) ?? unpacked(key, negatives, false);
  }

  /** Whether nothing that the entry depends on has changed since its load began. */
  function isTrue(entry: Entry<Value>): boolean {
    const { version } = stamps;
    if (entry.trueAtVersion === version) return true;
    if (entry.era !== stamps.era) return false;
    for (const mark of entry.marks) if (stamps.changedSince(mark, entry.turn)) return false;
    entry.trueAtVersion = version;
    return true;
  }

  function unpacked(key: HashWords, table: RecordTable, positive: boolean): Entry<Value> | undefined {
    const shard = table.shardOf(key);
    const slot = shard.find(key);
    if (slot < 0 || shard.isChanged(slot, stamps)) return undefined;
    const value = positive ? codec.decode(shard.textAt(slot)) : null;
    const entry = new Entry(key, value, shard.marksAt(slot), shard.turnAt(slot), stamps.era);
    entry.trueAtVersion = stamps.version;
    shard.touch(slot);
    if (positive) keepHot(key, entry);
    return entry;
  }

  /** Two that fall on one place both have room: the older one moves beside it. */
  function keepHot(key: HashWords, entry: Entry<Value>): void {
    const place = (key[2] as number) & (hotSize - 1);
    const there = hot[place];
    if (there !== undefined && !there.isOf(key)) hot[place ^ 1] = there;
    hot[place] = entry;
  }

  /**
   * Asks, or joins who asks for the same key already. null: the answer cannot be used by somebody who knows as much as this one.
   * Rejects as `ask` does. The caller looks again whether the entry `isTrue`, when it uses it.
   */
  function load(
    key: HashWords,
    ask: (known: Position) => Promise<LoadAnswer<Value>>,
  ): Promise<Entry<Value> | null> {
    const name = nameOf(key);
    const under = flights.get(name);
    if (under !== undefined && isSame(under.key, key)) return under.answer;
    // Who cannot be served in time is told at once, and the source works for those who can.
    if (flying >= FLIGHTS_MAX) return Promise.reject(new Error('Too many loads are under way.'));
    const asked = lease.position();
    if (asked === null) return Promise.resolve(null);
    const kept = key.slice();
    const { turn, era: asOf } = stamps;
    const answer = landed(ask(asked), { key: kept, name, asked, turn, asOf });
    // Of two keys with one name the later one is joined by nobody.
    if (under === undefined) flights.set(name, { key: kept, answer });
    return answer;
  }

  /**
   * What is known of a key, cached or loaded, under a lease that is live when this resolves; null: it cannot be said. A load that a
   * change came in between is begun anew, a few times. The caller asks once more, lease and `isTrue`, in the turn of its verdict.
   */
  async function lookUp(
    key: HashWords,
    ask: (known: Position) => Promise<LoadAnswer<Value>>,
  ): Promise<Entry<Value> | null> {
    for (let turn = 0; turn < LOADS_MAX; turn++) {
      if (!lease.isLive() && !(await lease.renew())) return null;
      const cached = peek(key);
      if (cached !== undefined) return cached;
      try {
        const found = await load(key, ask);
        if (found !== null && lease.isLive() && isTrue(found)) return found;
      } catch (error) {
        parts.onLoadFailure?.(error);
        return null;
      }
    }
    return null;
  }

  /** What comes of a load; it is joined until then. */
  async function landed(
    asking: Promise<LoadAnswer<Value>>,
    { key, name, asked, turn, asOf }: Begun,
  ): Promise<Entry<Value> | null> {
    counts.loads++;
    flying++;
    let answer: LoadAnswer<Value>;
    try {
      answer = await asking;
    } catch (error) {
      counts.loadFailures++;
      throw error;
    } finally {
      flying--;
      if (flights.get(name)?.key === key) flights.delete(name);
    }
    if (asOf !== stamps.era || answer.history !== asked.history) {
      // One of the two is of a history that has ended; a sync tells which.
      lease.hurry();
      counts.loadsVoid++;
      return null;
    }
    // Behind a balancer the answer may come from somebody who has not heard yet of what is known here.
    if (answer.seq !== null && answer.seq < asked.seq) {
      counts.loadsVoid++;
      return null;
    }
    return keep(key, answer, turn);
  }

  function keep(key: HashWords, { value, subjects }: LoadAnswer<Value>, turn: number): Entry<Value> {
    if (era !== stamps.era) dropAll();
    const marks = marksOf(subjects);
    const entry = new Entry(key, value, marks, turn, stamps.era);
    // More marks than there is room for: good for this once, and not kept, because a mark left out is a change overlooked.
    if (!isTrue(entry) || marks.length > MARKS_MAX) return entry;
    const table = value === null ? negatives : entries;
    table.shardOf(key).put(key, turn, marks, value === null ? '' : codec.encode(value));
    if (value !== null) keepHot(key, entry);
    return entry;
  }

  function dropAll(): void {
    era = stamps.era;
    entries.clear();
    negatives.clear();
    hot.fill(undefined);
  }

  return {
    peek,
    isTrue,
    lookUp,
    counts,
    /** How many entries there are, changed ones that nobody asked for since included. */
    sizes: () => ({ entries: entries.size, negatives: negatives.size }),
  };
}

/** 53 bits of a key: as much as a number holds. */
const nameOf = (key: HashWords) => ((key[3] as number) >>> 0) * 2 ** 21 + ((key[4] as number) >>> 11);

function isSame(one: HashWords, other: HashWords): boolean {
  for (let word = 0; word < one.length; word++) if (one[word] !== other[word]) return false;
  return true;
}

/** Filled up to what the table takes. @throws RangeError if there is none: what depends on nothing could never be taken back */
function marksOf(subjects: readonly Subject[]): Mark[] {
  const marks = subjects.map(markOf);
  const [first] = marks;
  if (first === undefined) throw new RangeError('An answer depends on at least one subject.');
  while (marks.length < MARKS_MAX) marks.push(first);
  return marks;
}
