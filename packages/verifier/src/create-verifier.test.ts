/** The verifier of a service from its options to its verdicts, with a node that a test holds in its hand. */
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createServiceVerifier, createVerifier, type ServiceVerifierParts } from './create-verifier.ts';
import { generateSecret } from './secret-format.ts';
import type { SourceError } from './source-error.ts';
import { ClockUnderTest, RECORD, settle } from './source-under-test.ts';
import { ENTRY, loaded, NODE_URL, SYNCED, TimerInHand, WireUnderTest } from './wire-under-test.ts';

const secret = generateSecret().reveal();
const TIMEOUT_MS = 500;

let clock: ClockUnderTest;
let timer: TimerInHand;
let wire: WireUnderTest;
let errors: SourceError[];

beforeEach(() => {
  clock = new ClockUnderTest();
  timer = new TimerInHand();
  wire = new WireUnderTest();
  errors = [];
  wire.answer('/freshness', SYNCED);
  wire.answer('/freshness/load', loaded(RECORD));
  wire.answer('/freshness/uses', '', 204);
});

function verifierWith(more: Partial<ServiceVerifierParts> = {}) {
  const verifier = createServiceVerifier({
    url: NODE_URL,
    fetch: wire.fetch,
    clock,
    timer,
    onNotice: () => {},
    onError: (error) => errors.push(error),
    ...more,
  });
  onTestFinished(() => verifier.close());
  return verifier;
}

/** The next sync: it is due as soon as the pause after the last is over. */
async function sync() {
  timer.ringOf(5);
  await settle();
}

test('asks once for a token, then answers from memory until it changes', async () => {
  const verifier = verifierWith();
  expect(await verifier.verify(secret)).toEqual({ outcome: 'active', token: RECORD.token });
  expect(await verifier.verify(secret, { scope: 'reports:editor' })).toMatchObject({ outcome: 'active' });
  expect(verifier.verifyNow(secret)).toMatchObject({ outcome: 'active' });
  expect(wire.askedAt('/freshness/load').length).toBe(1);

  wire.answer('/freshness', { ...SYNCED, seq: 13, changes: ['token:t1'] });
  wire.answer('/freshness/load', loaded({ ...RECORD, revokedAtMs: 5 }, { seq: 13 }));
  await sync();
  expect(await verifier.verify(secret)).toMatchObject({ outcome: 'refused', reason: 'revoked' });
  expect(errors).toEqual([]);
});

test('a secret never leaves: not in an address, a header or a body', async () => {
  const verifier = verifierWith({ credential: 'client_a:b' });
  await verifier.verify(secret);
  await verifier.close();
  expect(wire.asked.length).toBeGreaterThan(2);
  const sent = wire.asked.map(({ path, headers, body }) => JSON.stringify([path, headers, body])).join();
  for (const part of [secret, secret.slice(8), secret.slice(-6), Buffer.from(secret).toString('base64')]) {
    expect(sent).not.toContain(part);
  }
});

test('what verifying saw is reported, by the clock of the authority', async () => {
  wire.answer('/freshness', { ...SYNCED, now_ms: 1_900_000_000_000 });
  const verifier = verifierWith({ credential: 'client_a:b' });
  await verifier.verify(secret, { address: '192.0.2.1', agent: 'curl' });
  await verifier.close();
  expect(wire.askedAt('/freshness/uses').map(({ body }) => body)).toEqual([
    expect.objectContaining({
      batch: 1,
      uses: [expect.objectContaining({ token_id: 't1', at_ms: 1_900_000_000_000, agent: 'curl' })],
    }),
  ]);
});

test('without a credential nothing is reported, and it is said once', async () => {
  const notices: string[] = [];
  const verifier = verifierWith({
    onNotice: (notice) => {
      notices.push(notice);
      throw new Error('of the service');
    },
  });
  await verifier.verify(secret);
  await verifier.verify(secret);
  await verifier.close();
  expect(wire.askedAt('/freshness/uses')).toEqual([]);
  expect(notices).toEqual([expect.stringContaining('reports no uses')]);
});

test('a service is shown what it needs, and no more', async () => {
  const verifier = createVerifier({ url: NODE_URL, fetch: wire.fetch, onNotice: () => {} });
  onTestFinished(() => verifier.close());
  expect(Object.keys(verifier).sort()).toEqual(['close', 'verify', 'verifyNow']);
});

describe('when the authority cannot be asked', () => {
  test('nothing is answered from memory beyond the lease, and it is told why once a minute', async () => {
    const verifier = verifierWith();
    await verifier.verify(secret);
    wire.answers.set('/freshness', new TypeError('fetch failed'));
    await sync();
    clock.pass(SYNCED.lease_ms - 1);
    expect(await verifier.verify(secret)).toMatchObject({ outcome: 'active' });
    clock.pass(1);
    expect(await verifier.verify(secret)).toEqual({ outcome: 'unavailable' });
    const retryMs = 100;
    timer.ringOf(retryMs);
    await settle();
    expect(errors.map(({ code }) => code)).toEqual(['unreachable']);

    clock.pass(60_000);
    timer.ringOf(retryMs);
    await settle();
    expect(errors.map(({ code }) => code)).toEqual(['unreachable', 'unreachable']);

    wire.answer('/freshness', SYNCED);
    timer.ringOf(retryMs);
    await settle();
    expect(await verifier.verify(secret)).toMatchObject({ outcome: 'active' });
  });

  test('a request that waits for a silent node is answered when the time is over', async () => {
    wire.holding = true;
    const verifier = verifierWith();
    const verdict = verifier.verify(secret);
    timer.ringOf(TIMEOUT_MS);
    expect(await verdict).toEqual({ outcome: 'unavailable' });
    expect(errors.map(({ code }) => code)).toEqual(['timeout']);
  });

  test('a load that fails gives no verdict from it', async () => {
    wire.answer('/freshness/load', loaded(RECORD, { loads: [{ ...ENTRY, subjects: [] }] }));
    const verifier = verifierWith();
    expect(await verifier.verify(secret)).toEqual({ outcome: 'unavailable' });
    expect(errors.map(({ code }) => code)).toEqual(['bad_answer']);
  });
});

test('the answer of a node that lags behind what is known is not used', async () => {
  wire.answer('/freshness/load', loaded(RECORD, { seq: 11 }));
  const verifier = verifierWith();
  expect(await verifier.verify(secret)).toEqual({ outcome: 'unavailable' });
});

test('closing ends a held sync, and complains to nobody', async () => {
  const verifier = verifierWith();
  await verifier.verify(secret);
  wire.holding = true;
  await sync();
  wire.holding = false;
  const held = wire.asked.at(-1);
  expect(held?.body.hold_ms).toBeGreaterThan(0);
  await verifier.close();
  await settle();
  expect(held?.init.signal.aborted).toBe(true);
  expect(await verifier.verify(secret)).toEqual({ outcome: 'unavailable' });
  expect([errors, timer.due.size]).toEqual([[], 0]);
});

test('a shorter freshness bounds the lease', async () => {
  const verifier = verifierWith({ freshnessSeconds: 0.3 });
  await settle();
  clock.pass(299);
  expect(verifier.lease.isLive()).toBe(true);
  clock.pass(1);
  expect(verifier.lease.isLive()).toBe(false);
});

test.each<Partial<ServiceVerifierParts>>([
  { freshnessSeconds: 0 },
  { freshnessSeconds: Number.NaN },
  { freshnessSeconds: 61 },
  { prefix: 'no underscore' },
  { entriesMax: 0 },
  { url: 'http://lencana.example' },
])('refuses %j at the start', (options) => {
  expect(() => verifierWith(options)).toThrow(TypeError);
});
