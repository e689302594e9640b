import { beforeEach, describe, expect, it } from 'vitest';
import type { SecretRecord } from './entry-kinds.ts';
import { generateSecret } from './secret-format.ts';
import {
  ClockUnderTest,
  FRESHNESS_MS,
  RECORD,
  SourceUnderTest,
  SUBJECTS,
  settle,
  TimerUnderTest,
} from './source-under-test.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

let clock: ClockUnderTest;
let timer: TimerUnderTest;
let source: SourceUnderTest;
let verifier: TokenVerifier;
let seen: string[];
const secret = generateSecret().reveal();

beforeEach(async () => {
  clock = new ClockUnderTest();
  timer = new TimerUnderTest();
  source = new SourceUnderTest();
  seen = [];
  verifier = createTokenVerifier({
    source,
    clock,
    timer,
    freshnessMs: FRESHNESS_MS,
    entriesMax: 100,
    negativesMax: 10,
    usage: {
      used: ({ tokenId }, { address, agent }) => seen.push(`used ${tokenId} ${address} ${agent}`),
      refused: ({ tokenId }, reason) => seen.push(`refused ${tokenId} ${reason}`),
    },
  });
  await settle();
});

const revokedNow = (): SecretRecord => ({ ...RECORD, revokedAtMs: 1 });
const outcomeOf = async (presented = secret) => {
  const verdict = await verifier.verify(presented);
  return verdict.outcome === 'refused' ? verdict.reason : verdict.outcome;
};

/** The revocation is committed and has been applied here. */
async function revoke(): Promise<void> {
  source.record = revokedNow();
  source.seq++;
  source.changes = ['token:t1'];
  await verifier.lease.syncAfresh();
  source.changes = [];
}

describe('a verdict', () => {
  it('is loaded once and then given from memory, without waiting', async () => {
    expect(await verifier.verifyNow(secret)).toMatchObject({ outcome: 'active' });
    expect(verifier.verifyNow(secret)).toMatchObject({ outcome: 'active', token: RECORD.token });
    expect(source.loads).toBe(1);
    expect(verifier.counts).toMatchObject({ active: 2, cacheHits: 1, cacheMisses: 1 });
  });

  it('of what has no secret’s shape or check asks nobody', async () => {
    expect(await outcomeOf(`${secret.slice(0, -1)}!`)).toBe('malformed');
    expect(await outcomeOf('')).toBe('malformed');
    expect(source.loads).toBe(0);
  });

  it('is unavailable when the lease is over and the source is away, cached or not, and good again with it', async () => {
    await outcomeOf();
    source.failing = true;
    clock.pass(FRESHNESS_MS);
    expect(await outcomeOf()).toBe('unavailable');
    expect(await outcomeOf(generateSecret().reveal())).toBe('unavailable');
    source.failing = false;
    timer.ring();
    await settle();
    expect(await outcomeOf()).toBe('active');
    expect(verifier.counts.unavailable).toBe(2);
  });

  it('from memory is given while the source is away as long as the lease lasts, and what is not there is unavailable', async () => {
    await outcomeOf();
    source.failing = true;
    clock.pass(FRESHNESS_MS - 1);
    expect(await outcomeOf()).toBe('active');
    expect(await outcomeOf(generateSecret().reveal())).toBe('unavailable');
  });

  it('goes by expiry as the authority’s clock has it, without a change', async () => {
    source.record = { ...RECORD, token: { ...RECORD.token, expiresAtMs: source.nowMs + 500 } };
    expect(await outcomeOf()).toBe('active');
    clock.pass(501);
    expect(await outcomeOf()).toBe('expired');
  });

  it('is reported with where it was wanted: uses, and refusals of known tokens', async () => {
    await verifier.verify(secret, { address: '10.0.0.1', agent: 'curl' });
    await revoke();
    await outcomeOf();
    await outcomeOf('nonsense');
    expect(seen).toEqual(['used t1 10.0.0.1 curl', 'refused t1 revoked']);
  });
});

describe('a change', () => {
  it('drops what it names from memory', async () => {
    expect(await outcomeOf()).toBe('active');
    await revoke();
    expect(verifier.verifyNow(secret)).toBeInstanceOf(Promise);
    expect(await outcomeOf()).toBe('revoked');
  });

  it.each(SUBJECTS)('of %s drops what depends on it', async (subject) => {
    await outcomeOf();
    source.seq++;
    source.changes = [subject];
    await verifier.lease.syncAfresh();
    expect(verifier.verifyNow(secret)).toBeInstanceOf(Promise);
  });

  it('of something else leaves it in memory', async () => {
    await outcomeOf();
    source.seq++;
    source.changes = ['token:t2', 'user:u2', 'secret:bb'];
    await verifier.lease.syncAfresh();
    expect(verifier.verifyNow(secret)).toMatchObject({ outcome: 'active' });
  });

  it('that is applied while a row read before it is under way voids the row, for those who joined too', async () => {
    source.hold('load');
    const asked = outcomeOf();
    await settle();
    await revoke();
    const joined = outcomeOf();
    source.release();
    expect(await asked).toBe('revoked');
    expect(await joined).toBe('revoked');
    expect(source.loads).toBe(2);
  });

  it('of a creation lifts what was remembered as unknown', async () => {
    source.record = null;
    source.subjects = ['secret:cc'];
    expect(await outcomeOf()).toBe('unknown');
    expect(verifier.verifyNow(secret)).toMatchObject({ reason: 'unknown' });
    Object.assign(source, { record: RECORD, subjects: SUBJECTS, seq: 11, changes: ['secret:cc'] });
    await verifier.lease.syncAfresh();
    expect(await outcomeOf()).toBe('active');
  });

  it('of history drops everything', async () => {
    await outcomeOf();
    source.history = 'h2';
    await verifier.lease.syncAfresh();
    expect(verifier.verifyNow(secret)).toBeInstanceOf(Promise);
    expect(await outcomeOf()).toBe('active');
  });
});

describe('a loaded answer is not used', () => {
  it('if it comes from somebody who knows less than was known when it was asked for', async () => {
    source.loadSeq = 9;
    expect(await outcomeOf()).toBe('unavailable');
    source.loadSeq = 10;
    expect(await outcomeOf()).toBe('active');
  });

  it('if it is of another history', async () => {
    await outcomeOf();
    source.history = 'h2';
    source.seq++;
    source.changes = ['token:t1'];
    // The sync still goes to the old one, the load to the new: nothing of it counts here.
    const old = verifier.lease.position();
    const other = generateSecret().reveal();
    const loading = verifier.verify(other);
    expect(old?.history).toBe('h1');
    expect((await loading).outcome).toBe('active');
    expect(verifier.lease.position()?.history).toBe('h2');
  });

  it('after a pause in which the lease ended: it is synced and loaded again', async () => {
    source.hold('load');
    const asked = outcomeOf();
    await settle();
    clock.pass(FRESHNESS_MS + 1);
    source.record = revokedNow();
    source.seq++;
    source.changes = ['token:t1'];
    source.release();
    expect(await asked).toBe('revoked');
  });
});

describe('memory', () => {
  it('keeps missing entries apart: a flood of rubbish drives out no live entry', async () => {
    expect(await outcomeOf()).toBe('active');
    source.record = null;
    for (let at = 0; at < 300; at++) await outcomeOf(generateSecret().reveal());
    expect(verifier.verifyNow(secret)).toMatchObject({ outcome: 'active' });
    expect(verifier.cacheSizes()).toMatchObject({ entries: 1, negatives: 10 });
  });

  it('asks once for a secret that many present at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcomeOf()));
    expect(new Set(outcomes)).toEqual(new Set(['active']));
    expect(source.loads).toBe(1);
  });
});

it('closes its source', async () => {
  await verifier.close();
  expect(source.closed).toBe(true);
  expect(await outcomeOf()).toBe('unavailable');
});
