/**
 * What was loaded, kept for as long as it is true, and joined: an entry of one kind with those of other kinds that it refers to by their
 * keys. A joined entry is given only while nothing that any of its parts depends on has changed since the load of that part *began*,
 * so a load that raced with a change gives nothing to anybody, those who joined it included. Parts that were loaded at different
 * times are joined only as they stood at one moment, which is where the log is applied up to. Whether the lease is live, the caller
 * asks at the verdict, in the same turn. Bounded; missing entries are kept apart, so that a flood of rubbish drives out no live one.
 */
import type { LoadAnswer, LoadKey, Position } from './authority.ts';
import { CachedParts } from './cached-parts.ts';
import type { EntryKinds } from './entry-kinds.ts';
import { Entry, isTruePart, type Part } from './joined-entry.ts';
import type { Lease } from './lease.ts';
import { type HashWords, wordsOfKey } from './secret-hash.ts';

export type LeasedCacheParts<Root, Joined> = {
  readonly lease: Lease;
  readonly kinds: EntryKinds;
  /** The kind that is asked for; the others are what its entries refer to, and those again. */
  readonly root: string;
  /** What is made of an entry and those that it refers to; null: as if there were none. Called when all are there. */
  readonly join: (root: Root, valueAt: (key: LoadKey) => unknown) => Joined | null;
  readonly load: (key: LoadKey, known: Position) => Promise<LoadAnswer>;
  /** Hears why a load failed. */
  readonly onLoadFailure?: ((error: unknown) => void) | undefined;
  /** Of each kind. Default 100,000. */
  readonly entriesMax?: number | undefined;
  /** How many missing entries of each kind are remembered. Default 10,000. */
  readonly negativesMax?: number | undefined;
};

/** What came with one answer. */
type Loaded = {
  readonly parts: ReadonlyMap<LoadKey, Part>;
  /** The place of the log at which all of it was true. */
  readonly seq: number;
};

/** Loads under way at once: a flood of what nobody has must not queue before what somebody has. */
const FLIGHTS_MAX = 1000;

/** How often a load is begun anew because a change came in between. */
const LOADS_MAX = 4;

/** Joined entries of which nothing has to be unpacked, at most. A power of two. */
const HOT_MAX = 16_384;
/** How many of them share a place. A power of two. */
const WAYS = 4;
/** Of so many that find their place full one gets in. Odd, so that each of those who have it makes room in turn. */
const NEWCOMERS_PER_PLACE = 15;

export type CacheCounts = { loads: number; loadFailures: number; loadsVoid: number };

export type LeasedCache<Root, Joined> = ReturnType<typeof createLeasedCache<Root, Joined>>;

export function createLeasedCache<Root, Joined>(parts: LeasedCacheParts<Root, Joined>) {
  const { lease, kinds, root } = parts;
  const { stamps } = lease;
  const entriesMax = parts.entriesMax ?? 100_000;
  const negativesMax = parts.negativesMax ?? 10_000;
  const caches = new Map(
    Object.entries(kinds).map(([name, kind]) => [
      name,
      new CachedParts(kind, stamps, entriesMax, negativesMax),
    ]),
  );
  const roots = caches.get(root) ?? refuseRoot();
  let hotSize = 16;
  while (hotSize < HOT_MAX && hotSize < entriesMax) hotSize *= 2;
  const hot: (Entry<Joined> | undefined)[] = new Array(hotSize).fill(undefined);
  const flights = new Map<LoadKey, Promise<Loaded | null>>();
  /** Read after the place up to which changes are applied here: kept as soon as that is reached. */
  let ahead: Loaded[] = [];
  const counts: CacheCounts = { loads: 0, loadFailures: 0, loadsVoid: 0 };
  let newcomers = 0;
  let era = stamps.era;
  lease.onSync(keepReached);

  /** The entry if all of its parts are cached and true; undefined else. Says nothing about the lease. */
  function peek(key: HashWords): Entry<Joined> | undefined {
    if (era !== stamps.era) dropAll();
    const near = hotOne(key);
    if (near !== undefined && isTrue(near)) return near;
    const part = roots.take(key);
    if (part === undefined) return undefined;
    const { found, missing } = gathered(part, takeCached);
    return missing.length === 0 ? entryOf(key, found, null) : undefined;
  }

  /** Whether nothing that the entry depends on has changed since the loads of its parts began. */
  function isTrue(entry: Entry<Joined>): boolean {
    const { version } = stamps;
    if (entry.trueAtVersion === version) return true;
    for (const part of entry.parts) if (!isTruePart(part, stamps)) return false;
    entry.trueAtVersion = version;
    return true;
  }

  const takeCached = (key: LoadKey) => caches.get(nameOf(key))?.takeByKey(key);

  /** A root and all that it refers to, and those again; the keys of those that are missing instead. */
  function gathered(
    from: Part,
    take: (key: LoadKey) => Part | undefined,
  ): { readonly found: readonly Part[]; readonly missing: readonly LoadKey[] } {
    const found = [from];
    const missing: LoadKey[] = [];
    // Grows while it is walked.
    for (const { value, kind } of found) {
      if (value === null) continue;
      for (const key of kind.references(value)) {
        if (found.some((part) => part.key === key) || missing.includes(key)) continue;
        const part = take(key);
        if (part === undefined) missing.push(key);
        else found.push(part);
      }
    }
    return { found, missing };
  }

  /** Kept as it is where it is true at the place up to which the log is applied. */
  function entryOf(key: HashWords, found: readonly Part[], aheadSeq: number | null): Entry<Joined> {
    const [from] = found as readonly [Part];
    const valueAt = (other: LoadKey) => found.find((part) => part.key === other)?.value ?? null;
    const isRoot = from.kind === kinds[root] && from.value !== null;
    const value = isRoot ? parts.join(from.value as Root, valueAt) : null;
    // As a copy: a list that grew takes several times as much.
    const entry = new Entry(key, value, found.slice(), aheadSeq);
    if (value !== null && aheadSeq === null) keepHot(key, entry);
    return entry;
  }

  function hotOne(key: HashWords): Entry<Joined> | undefined {
    const from = (key[2] as number) & (hotSize - WAYS);
    for (let at = from; at < from + WAYS; at++) {
      const entry = hot[at];
      if (entry?.isOf(key)) return entry;
    }
    return undefined;
  }

  /**
   * Several that fall on one place have room there. Where all of it is taken by what is true, one newcomer of so many takes the room of
   * one: of more than have room in turn, each would else drive out one that is asked for before it is itself, and none would stay.
   */
  function keepHot(key: HashWords, entry: Entry<Joined>): void {
    const from = (key[2] as number) & (hotSize - WAYS);
    let at = from;
    while (at < from + WAYS && !isFree(at, key)) at++;
    if (at < from + WAYS) hot[at] = entry;
    else if (++newcomers % NEWCOMERS_PER_PLACE === 0) hot[from + (newcomers & (WAYS - 1))] = entry;
  }

  function isFree(place: number, key: HashWords): boolean {
    const there = hot[place];
    return there === undefined || there.isOf(key) || !isTrue(there);
  }

  /**
   * What is known of a key, of whichever kind, with all that it refers to, cached or loaded, under a lease that is live when this
   * resolves; null: it cannot be said. What is missing is loaded, and the join is done again; a load that a change came in between
   * is begun anew, a few times. The caller asks once more, lease and `isTrue`, in the turn of its verdict.
   */
  async function lookUp(key: LoadKey): Promise<Entry<Joined> | null> {
    const cache = caches.get(nameOf(key));
    if (cache === undefined) return null;
    const words = wordsOfKey(key);
    /** What was loaded for this one, in case that it is not kept. */
    const own = new Map<LoadKey, Part>();
    const take = (other: LoadKey) => takeCached(other) ?? trueOne(own.get(other));
    /** Whether to load all of it anew: what was read later than the rest cannot be joined with it. */
    let together = false;
    for (let turn = 0; turn <= LOADS_MAX; turn++) {
      if (!lease.isLive() && !(await lease.renew())) return null;
      if (era !== stamps.era) dropAll();
      const from = together ? undefined : (cache.take(words) ?? trueOne(own.get(key)));
      const { found, missing } = from ? gathered(from, take) : { found: [], missing: [key] };
      if (missing.length === 0) return entryOf(words, found, null);
      if (turn === LOADS_MAX) break;
      let answers: readonly (Loaded | null)[];
      try {
        answers = await Promise.all(missing.map(load));
      } catch (error) {
        parts.onLoadFailure?.(error);
        return null;
      }
      together = false;
      for (const answer of answers) {
        if (answer === null) continue;
        if (!isAhead(answer)) {
          for (const [other, part] of answer.parts) own.set(other, part);
          continue;
        }
        const entry = byItself(words, key, answer);
        if (entry !== null && lease.isLive() && isTrue(entry)) return entry;
        together = true;
      }
    }
    return null;
  }

  const trueOne = (part: Part | undefined) =>
    part !== undefined && isTruePart(part, stamps) ? part : undefined;

  /** An answer that was read later than what is applied here, joined with nothing but itself. */
  function byItself(words: HashWords, key: LoadKey, answer: Loaded): Entry<Joined> | null {
    const from = answer.parts.get(key);
    if (from === undefined) return null;
    const { found, missing } = gathered(from, (other) => answer.parts.get(other));
    return missing.length === 0 ? entryOf(words, found, answer.seq) : null;
  }

  const isAhead = ({ seq }: Loaded) => seq > (lease.position()?.seq ?? -1);

  /**
   * Asks, or joins who asks for the same key already. null: the answer cannot be used by somebody who knows as much as this one.
   * Rejects as the source does.
   */
  function load(key: LoadKey): Promise<Loaded | null> {
    const under = flights.get(key);
    if (under !== undefined) return under;
    // Who cannot be served in time is told at once, and the source works for those who can.
    if (flights.size >= FLIGHTS_MAX) return Promise.reject(new Error('Too many loads are under way.'));
    const asked = lease.position();
    if (asked === null) return Promise.resolve(null);
    const { turn, era: asOf } = stamps;
    const answer = landed(key, parts.load(key, asked), asked, turn, asOf);
    flights.set(key, answer);
    return answer;
  }

  /** What comes of a load; it is joined until then. */
  async function landed(
    key: LoadKey,
    asking: Promise<LoadAnswer>,
    asked: Position,
    turn: number,
    asOf: number,
  ): Promise<Loaded | null> {
    counts.loads++;
    let answer: LoadAnswer;
    try {
      answer = await asking;
    } catch (error) {
      counts.loadFailures++;
      throw error;
    } finally {
      flights.delete(key);
    }
    if (asOf !== stamps.era || answer.history !== asked.history) {
      // One of the two is of a history that has ended; a sync tells which.
      lease.hurry();
      counts.loadsVoid++;
      return null;
    }
    // Behind a balancer the answer may come from somebody who has not heard yet of what is known here.
    if (answer.seq < asked.seq) {
      counts.loadsVoid++;
      return null;
    }
    if (answer.entries[0].key !== key) throw new Error('The source answered for another key.');
    return kept(answer, turn);
  }

  function kept(answer: LoadAnswer, turn: number): Loaded {
    if (era !== stamps.era) dropAll();
    const found = new Map<LoadKey, Part>();
    for (const { key, value, subjects } of answer.entries) {
      // Of a kind that is not known here nothing that is known here can be joined.
      const part = caches.get(nameOf(key))?.partOf(key, value, subjects, turn);
      if (part !== undefined) found.set(key, part);
    }
    const loaded = { parts: found, seq: answer.seq };
    if (!isAhead(loaded)) keep(loaded);
    else {
      // Joined with what is cached it would be a state that never was: some of it before a change, some after.
      if (ahead.length < FLIGHTS_MAX) ahead.push(loaded);
      lease.hurry();
    }
    return loaded;
  }

  function keep({ parts: all }: Loaded): void {
    for (const [key, part] of all) if (isTruePart(part, stamps)) caches.get(nameOf(key))?.keep(key, part);
  }

  /** The log is applied up to the place at which some answers were read. */
  function keepReached(): void {
    if (ahead.length === 0) return;
    if (era !== stamps.era) dropAll();
    const waiting = ahead;
    ahead = [];
    for (const loaded of waiting) {
      if (!isAhead(loaded)) keep(loaded);
      else if (ahead.length < FLIGHTS_MAX) ahead.push(loaded);
    }
  }

  function dropAll(): void {
    era = stamps.era;
    for (const cache of caches.values()) cache.clear();
    hot.fill(undefined);
    ahead = [];
  }

  return {
    peek,
    isTrue,
    lookUp,
    counts,
    /** How many entries of the root's kind there are, changed ones that nobody asked for since included. */
    sizes: () => ({ entries: roots.size, negatives: roots.negatives }),
  };
}

function refuseRoot(): never {
  throw new TypeError('The root is of no kind that there is.');
}

const nameOf = (key: LoadKey) => key.slice(0, key.indexOf(':'));
