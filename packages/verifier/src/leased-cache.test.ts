/** Who loads, who joins whom, and who is told at once that there is no room. What is kept and for how long: token-verifier.test.ts. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { LoadAnswer, LoadKey } from './authority.ts';
import { createLease } from './lease.ts';
import { createLeasedCache, type LeasedCache } from './leased-cache.ts';
import { wordsOfKey } from './secret-hash.ts';
import {
  ClockUnderTest,
  FRESHNESS_MS,
  SourceUnderTest,
  settle,
  TimerUnderTest,
} from './source-under-test.ts';

let cache: LeasedCache<string, string>;
let failures: string[];
/** How each load that is under way is answered, in the order in which they began. */
let release: ((answer: string | null) => void)[];
let fails: boolean;

const answerOf = (key: LoadKey, value: string | null): LoadAnswer => ({
  history: 'h1',
  seq: 10,
  entries: [{ key, value, subjects: ['token:t1'] }],
});

beforeEach(async () => {
  failures = [];
  release = [];
  fails = false;
  const parts = { clock: new ClockUnderTest(), timer: new TimerUnderTest(), freshnessMs: FRESHNESS_MS };
  const lease = createLease({ ...parts, source: new SourceUnderTest() });
  await lease.sync();
  cache = createLeasedCache<string, string>({
    lease,
    kinds: { thing: { pack: String, unpack: (text) => text, references: () => [], marksMax: 1 } },
    root: 'thing',
    join: (value) => value,
    load: (key) =>
      fails
        ? Promise.reject(new Error('the source is away'))
        : new Promise((resolve) => release.push((value) => resolve(answerOf(key, value)))),
    onLoadFailure: (error) => failures.push(error instanceof Error ? error.message : String(error)),
  });
});

describe('a load', () => {
  it('is joined by all who want the same', async () => {
    const found = [cache.lookUp('thing:1'), cache.lookUp('thing:1')];
    await settle();
    expect(release).toHaveLength(1);
    release[0]?.('one');
    expect((await Promise.all(found)).map((entry) => entry?.value)).toEqual(['one', 'one']);
    expect(cache.counts.loads).toBe(1);
  });

  it('is joined by nobody who wants another', async () => {
    const found = [cache.lookUp('thing:1'), cache.lookUp('thing:2')];
    await settle();
    expect(release).toHaveLength(2);
    release[0]?.('one');
    release[1]?.('other');
    expect((await Promise.all(found)).map((entry) => entry?.value)).toEqual(['one', 'other']);
    const peeked = (['thing:1', 'thing:2'] as const).map((key) => cache.peek(wordsOfKey(key))?.value);
    expect(peeked).toEqual(['one', 'other']);
  });

  it('that cannot be served in time is told at once, and the others come to their end', async () => {
    const found = Array.from({ length: 1000 }, (_, at) => cache.lookUp(`thing:${at}`));
    await settle();
    expect(await cache.lookUp('thing:1000')).toBeNull();
    expect(failures).toEqual(['Too many loads are under way.']);
    expect(release).toHaveLength(1000);
    for (const go of release.splice(0)) go('one');
    expect((await Promise.all(found)).every((entry) => entry?.value === 'one')).toBe(true);
    const late = cache.lookUp('thing:1000');
    await settle();
    release[0]?.('late');
    expect((await late)?.value).toBe('late');
  });

  it('that failed makes room again, and is not joined any more', async () => {
    fails = true;
    for (let at = 0; at < 1001; at++) expect(await cache.lookUp('thing:1')).toBeNull();
    expect(failures).toHaveLength(1001);
    expect(new Set(failures)).toEqual(new Set(['the source is away']));
    fails = false;
    const found = cache.lookUp('thing:1');
    await settle();
    release[0]?.('one');
    expect((await found)?.value).toBe('one');
  });

  it('of a kind that there is not is not begun', async () => {
    expect(await cache.lookUp('planet:mars')).toBeNull();
    expect(release).toHaveLength(0);
  });
});
