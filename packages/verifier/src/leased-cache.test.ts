/** Who loads, who joins, and who is told at once that there is no room. What is kept and for how long: token-verifier.test.ts. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { LoadAnswer } from './authority.ts';
import { createLease } from './lease.ts';
import { createLeasedCache, type LeasedCache } from './leased-cache.ts';
import type { HashWords } from './secret-hash.ts';
import {
  ClockUnderTest,
  FRESHNESS_MS,
  SourceUnderTest,
  settle,
  TimerUnderTest,
} from './source-under-test.ts';

let cache: LeasedCache<string>;
let failures: string[];

beforeEach(async () => {
  failures = [];
  const parts = { clock: new ClockUnderTest(), timer: new TimerUnderTest(), freshnessMs: FRESHNESS_MS };
  const lease = createLease({ ...parts, source: new SourceUnderTest() });
  await lease.sync();
  cache = createLeasedCache({
    lease,
    codec: { encode: (value: string) => value, decode: (text) => text },
    onLoadFailure: (error) => failures.push(error instanceof Error ? error.message : String(error)),
  });
});

const keyOf = (...words: number[]): HashWords => Int32Array.from({ length: 8 }, (_, at) => words[at] ?? 0);
const answerOf = (value: string | null): LoadAnswer<string> => ({
  history: 'h1',
  seq: null,
  value,
  subjects: ['token:t1'],
});

/** Answers what it is told, when it is told. */
function heldAsk() {
  const release: ((answer: LoadAnswer<string>) => void)[] = [];
  const ask = () => new Promise<LoadAnswer<string>>((resolve) => release.push(resolve));
  return { ask, release };
}

describe('a load', () => {
  it('is joined by all who want the same', async () => {
    const { ask, release } = heldAsk();
    const found = [cache.lookUp(keyOf(1), ask), cache.lookUp(keyOf(1), ask)];
    await settle();
    expect(release).toHaveLength(1);
    release[0]?.(answerOf('one'));
    expect((await Promise.all(found)).map((entry) => entry?.value)).toEqual(['one', 'one']);
    expect(cache.counts.loads).toBe(1);
  });

  it.each([
    ['the first word', 0],
    ['the last bit', 7],
    // Those by which loads are found.
    ['the low bits of a word', 4],
  ])('is joined by nobody whose key differs in %s alone', async (_which, word) => {
    const { ask, release } = heldAsk();
    const other = keyOf(1, 2, 3, 4, 5, 6, 7, 8);
    other[word] = (other[word] as number) ^ 1;
    const found = [cache.lookUp(keyOf(1, 2, 3, 4, 5, 6, 7, 8), ask), cache.lookUp(other, ask)];
    await settle();
    expect(release).toHaveLength(2);
    release[0]?.(answerOf('one'));
    release[1]?.(answerOf('other'));
    expect((await Promise.all(found)).map((entry) => entry?.value)).toEqual(['one', 'other']);
    expect([cache.peek(keyOf(1, 2, 3, 4, 5, 6, 7, 8))?.value, cache.peek(other)?.value]).toEqual([
      'one',
      'other',
    ]);
  });

  it('that cannot be served in time is told at once, and the others come to their end', async () => {
    const { ask, release } = heldAsk();
    const found = Array.from({ length: 1000 }, (_, at) => cache.lookUp(keyOf(at, at, at, at, at), ask));
    await settle();
    expect(await cache.lookUp(keyOf(9, 9, 9, 1000, 1000), ask)).toBeNull();
    // Two of one name count, too.
    expect(await cache.lookUp(keyOf(9, 9, 9, 5, 5), ask)).toBeNull();
    expect(failures).toEqual(['Too many loads are under way.', 'Too many loads are under way.']);
    expect(release).toHaveLength(1000);
    for (const go of release.splice(0)) go(answerOf('one'));
    expect((await Promise.all(found)).every((entry) => entry?.value === 'one')).toBe(true);
    const late = cache.lookUp(keyOf(9, 9, 9, 1000, 1000), ask);
    await settle();
    release[0]?.(answerOf('late'));
    expect((await late)?.value).toBe('late');
  });

  it('that failed makes room again, and is not joined any more', async () => {
    const failing = () => Promise.reject(new Error('the source is away'));
    for (let at = 0; at < 1001; at++) expect(await cache.lookUp(keyOf(1, 1, 1, 1, 1), failing)).toBeNull();
    expect(failures).toHaveLength(1001);
    expect(new Set(failures)).toEqual(new Set(['the source is away']));
    expect((await cache.lookUp(keyOf(1, 1, 1, 1, 1), async () => answerOf('one')))?.value).toBe('one');
  });
});
