/** What a verdict is joined from, and what happens when one part of it changes while another is loaded. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { LoadKey, Subject } from './authority.ts';
import type { SecretRecord } from './entry-kinds.ts';
import { generateSecret } from './secret-format.ts';
import { hashAscii, secretKey } from './secret-hash.ts';
import {
  ClockUnderTest,
  FRESHNESS_MS,
  RECORD,
  SourceUnderTest,
  settle,
  TimerUnderTest,
} from './source-under-test.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

let source: SourceUnderTest;
let verifier: TokenVerifier;

async function open(entriesMax: number): Promise<void> {
  source = new SourceUnderTest();
  const parts = { clock: new ClockUnderTest(), timer: new TimerUnderTest(), freshnessMs: FRESHNESS_MS };
  verifier = createTokenVerifier({ ...parts, source, entriesMax });
  await settle();
}

beforeEach(() => open(100));

const secret = generateSecret().reveal();
const other = generateSecret().reveal();
const keyOf = (presented: string): LoadKey => secretKey(hashAscii(presented, new Int32Array(8)));
const [KEY, OTHER_KEY] = [keyOf(secret), keyOf(other)];
const HOLDER_KEY = 'user:u1';

const EDITOR = { scope: 'reports:editor' };
const outcomeOf = async (presented = secret, demand = {}) => {
  const verdict = await verifier.verify(presented, demand);
  return verdict.outcome === 'refused' ? verdict.reason : verdict.outcome;
};

/** It is committed; this verifier does not know yet. */
function commit(record: Partial<SecretRecord>, ...changes: Subject[]): void {
  source.record = { ...(source.record ?? RECORD), ...record };
  source.seq++;
  source.changes = changes;
}

async function apply(): Promise<void> {
  await verifier.lease.syncAfresh();
  source.changes = [];
}

const lowered = (): Partial<SecretRecord> => ({ token: { ...RECORD.token, scopes: ['*:viewer'] } });

describe('a change of a holder', () => {
  it('loads the holder anew, once for all tokens, and no token', async () => {
    await Promise.all([outcomeOf(), outcomeOf(other)]);
    source.loaded.length = 0;
    commit({ token: { ...RECORD.token, holderName: 'Ana Maria' } }, 'user:u1');
    await apply();
    const [one, two] = await Promise.all([verifier.verify(secret), verifier.verify(other)]);
    for (const verdict of [one, two]) expect(verdict).toMatchObject({ token: { holderName: 'Ana Maria' } });
    expect(source.loaded).toEqual([HOLDER_KEY]);
  });

  it('of a token leaves the holder where it is', async () => {
    await Promise.all([outcomeOf(), outcomeOf(other)]);
    source.loaded.length = 0;
    commit({ revokedAtMs: 1 }, 'token:t1');
    await apply();
    expect(await outcomeOf()).toBe('revoked');
    expect(source.loaded).toEqual([KEY]);
  });

  it.each<[string, Partial<SecretRecord>, string]>([
    ['deactivated', { holderDeactivatedAtMs: 1 }, 'holder_deactivated'],
    ['lowered', lowered(), 'insufficient_scope'],
  ])(
    '%s, which is applied while the secret of another token is loaded, counts for both',
    async (_how, change, reason) => {
      expect(await outcomeOf(secret, EDITOR)).toBe('active');
      source.hold('load');
      const asked = outcomeOf(other, EDITOR);
      await settle();
      commit(change, 'user:u1');
      await apply();
      source.release();
      expect(await asked).toBe(reason);
      expect(await outcomeOf(secret, EDITOR)).toBe(reason);
    },
  );

  it('that is applied while the holder is loaded voids what was read, for those who joined too', async () => {
    await outcomeOf();
    commit({ token: { ...RECORD.token, holderName: 'Ana Maria' } }, 'user:u1');
    await apply();
    source.hold('load');
    const asked = outcomeOf(secret, EDITOR);
    await settle();
    commit(lowered(), 'user:u1');
    await apply();
    const joined = outcomeOf(secret, EDITOR);
    source.release();
    expect([await asked, await joined]).toEqual(['insufficient_scope', 'insufficient_scope']);
  });

  it('is unavailable where the holder cannot be loaded, whatever is known of the token', async () => {
    await outcomeOf();
    commit({}, 'user:u1');
    await apply();
    source.failing = true;
    expect(await outcomeOf()).toBe('unavailable');
  });
});

describe('a token whose holder is not there', () => {
  it('is nobody’s', async () => {
    const load = source.load.bind(source);
    source.load = async (key) => {
      const answer = await load(key);
      const [first] = answer.entries;
      const none = { key: HOLDER_KEY, value: null, subjects: ['user:u1'] } as const;
      return { ...answer, entries: key === HOLDER_KEY ? [none] : [first, none] };
    };
    expect(await verifier.verify(secret)).toEqual({ outcome: 'refused', reason: 'unknown', token: null });
  });

  it('in memory, because others drove it out, is joined again', async () => {
    await open(1);
    const holders = ['u1', 'u2', 'u3', 'u4'];
    const secrets = holders.map(() => generateSecret().reveal());
    const load = source.load.bind(source);
    source.load = (key) => {
      const at = secrets.findIndex((each) => keyOf(each) === key);
      const holderId = at < 0 ? key.slice('user:'.length) : (holders[at] as string);
      source.record = { ...RECORD, token: { ...RECORD.token, holderId, holderName: holderId } };
      source.subjects = ['secret:aa', 'token:t1', `user:${holderId}`];
      return load(key);
    };
    for (let turn = 0; turn < 3; turn++) {
      for (const [at, each] of secrets.entries()) {
        expect(await verifier.verify(each)).toMatchObject({
          token: { holderId: holders[at], holderName: holders[at] },
        });
      }
    }
  });
});

describe('what was read later than the log is applied up to', () => {
  it('gives its own verdict, and is kept when the log is applied', async () => {
    source.hold('sync');
    source.seq++;
    expect(await outcomeOf()).toBe('active');
    expect(verifier.cacheSizes().entries).toBe(0);
    source.release();
    await settle();
    await verifier.lease.syncAfresh();
    expect(verifier.cacheSizes().entries).toBe(1);
    expect(verifier.verifyNow(secret)).toMatchObject({ outcome: 'active' });
  });

  it('is joined with nothing that was read before: a state that never was is never judged', async () => {
    // The token alone narrows; the holder may do everything.
    const narrow = { ...RECORD, token: { ...RECORD.token, scopes: ['*:viewer'] } };
    source.record = narrow;
    expect(await outcomeOf(secret, EDITOR)).toBe('insufficient_scope');
    commit({ token: { ...narrow.token, holderName: 'Ana Maria' } }, 'user:u1');
    await apply();
    // Not applied here: who holds it changes with the token, so that the one with the old other would be more than either.
    source.hold('sync');
    commit(
      { token: { ...narrow.token, scopes: ['*:editor'] }, holderDeactivatedAtMs: 1 },
      'user:u1',
      'token:t1',
    );
    expect(await outcomeOf(secret, EDITOR)).toBe('holder_deactivated');
    expect(source.loaded.slice(-2)).toEqual([HOLDER_KEY, KEY]);
    source.release();
  });
});

describe('an answer of more subjects than there is room for', () => {
  it('is good for once, and not kept', async () => {
    source.subjects = [
      'secret:aa',
      'token:t1',
      'organization:o',
      'key:1',
      'policy:p',
      'user:u1',
      'role:r',
      'service:s',
    ];
    expect(await outcomeOf()).toBe('active');
    expect(await outcomeOf(other)).toBe('active');
    expect(source.loaded.filter((key) => key === OTHER_KEY)).toHaveLength(1);
    for (const subject of source.subjects) {
      await outcomeOf();
      source.loaded.length = 0;
      commit({}, subject);
      await apply();
      await outcomeOf();
      expect(source.loaded, subject).not.toEqual([]);
    }
  });
});

it('a source that answers for another key than was asked for gives nothing', async () => {
  const load = source.load.bind(source);
  source.load = () => load(OTHER_KEY);
  expect(await outcomeOf()).toBe('unavailable');
});

it('a deployment’s other prefixes are judged like the one that was set', async () => {
  const acme = generateSecret('acme_').reveal();
  expect(await outcomeOf(acme)).toBe('malformed');
  Object.assign(source, { prefixes: () => ['acme_'] });
  expect(await outcomeOf(acme)).toBe('active');
});
