import { beforeEach, describe, expect, test } from 'vitest';
import { createHttpSource, type HttpSource, type HttpSourceParts } from './http-source.ts';
import { bytesOfWords, hashAscii } from './secret-hash.ts';
import { SourceError, type SourceErrorCode } from './source-error.ts';
import { ClockUnderTest, RECORD, settle } from './source-under-test.ts';
import { loaded, NODE_URL, SYNCED, TimerInHand, WireUnderTest } from './wire-under-test.ts';

const HOLD_MS = 150;
const TIMEOUT_MS = 500;
const SECRET = 'client-secret-that-nobody-may-read';

let clock: ClockUnderTest;
let timer: TimerInHand;
let wire: WireUnderTest;
let source: HttpSource;

const sourceWith = (more: Partial<HttpSourceParts> = {}) =>
  createHttpSource({
    url: NODE_URL,
    fetch: wire.fetch,
    clock,
    timer,
    holdMs: HOLD_MS,
    timeoutMs: TIMEOUT_MS,
    ...more,
  });

beforeEach(() => {
  clock = new ClockUnderTest();
  timer = new TimerInHand();
  wire = new WireUnderTest();
  source = sourceWith();
});

/** The error that a call ends with, which must be of the one class. */
async function errorOf(call: Promise<unknown>): Promise<SourceError> {
  const error = await call.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SourceError)) throw error;
  return error;
}

const keyOf = (text: string) => bytesOfWords(hashAscii(text, new Int32Array(8)));

describe('a sync', () => {
  test('asks from the position, and reads the answer', async () => {
    wire.answer('/freshness', { ...SYNCED, changes: ['token:t1', 'mark:0a1b2c3d'], unknown_member: 1 });
    expect(await source.sync({ history: 'h1', seq: 7 })).toEqual({
      history: 'h1',
      seq: 12,
      changes: ['token:t1', 'mark:0a1b2c3d'],
      keptAfterSeq: 3,
      leaseMs: 900,
      nowMs: 1_800_000_005_000,
    });
    expect(wire.asked[0]?.body).toMatchObject({ after: { history: 'h1', seq: 7 } });
  });

  test('is held only while a lease is held, and never so long that the lease could not be renewed', async () => {
    wire.answer('/freshness', SYNCED);
    const holds = async (from: number | null) => {
      await source.sync(from === null ? null : { history: 'h1', seq: from });
      return wire.asked.at(-1)?.body.hold_ms;
    };
    expect(await holds(null)).toBe(0);
    expect(await holds(12)).toBe(HOLD_MS);
    clock.pass(600);
    expect(await holds(12)).toBe(100);
    clock.pass(2000);
    expect(await holds(12)).toBe(0);
    wire.answer('/freshness', { ...SYNCED, lease_ms: 30 });
    clock.pass(2000);
    await holds(12);
    expect(await holds(12)).toBe(10);
  });

  test('ends when it is not answered within hold and timeout', async () => {
    wire.answer('/freshness', SYNCED);
    await source.sync(null);
    wire.holding = true;
    const error = errorOf(source.sync({ history: 'h1', seq: 12 }));
    timer.ringOf(HOLD_MS + TIMEOUT_MS);
    expect((await error).code).toBe('timeout');
    expect(wire.asked.at(-1)?.init.signal.aborted).toBe(true);
  });

  test('leaves no timer behind', async () => {
    wire.answer('/freshness', SYNCED);
    await source.sync(null);
    expect(timer.due.size).toBe(0);
  });
});

describe('loads', () => {
  test('of one turn go in one request, and each gets its own answer', async () => {
    wire.answer('/freshness/load', loaded(RECORD, null));
    const [one, other] = await Promise.all([source.load(keyOf('one')), source.load(keyOf('other'))]);
    expect(one).toEqual({ history: 'h1', seq: 12, value: RECORD, subjects: ['token:t1', 'user:u1'] });
    expect(other).toEqual({ history: 'h1', seq: 12, value: null, subjects: ['token:t1', 'user:u1'] });
    expect(wire.asked.map(({ body }) => body)).toEqual([
      {
        keys: ['one', 'other'].map((text) => Buffer.from(keyOf(text)).toString('base64url')),
        after: null,
      },
    ]);
  });

  test('that are many are parted into requests of 100, four of them at a time', async () => {
    wire.holding = true;
    wire.answers.set('/freshness/load', ({ body }) => ({
      status: 200,
      body: loaded(...(body.keys ?? []).map(() => null)),
    }));
    const all = Promise.all(Array.from({ length: 630 }, (_, at) => source.load(keyOf(String(at)))));
    await settle();
    const sizes = () => wire.asked.map(({ body }) => body.keys?.length);
    expect(sizes()).toEqual([100, 100, 100, 100]);
    wire.release();
    expect((await all).length).toBe(630);
    expect(sizes().slice(4)).toEqual([100, 100, 30]);
  });

  test('that wait for their turn fail with the one that fails before them', async () => {
    wire.holding = true;
    const all = Array.from({ length: 450 }, (_, at) => errorOf(source.load(keyOf(String(at)))));
    await settle();
    timer.ringOf(TIMEOUT_MS);
    expect(new Set((await Promise.all(all)).map(({ code }) => code))).toEqual(new Set(['timeout']));
    expect(wire.asked.length).toBe(4);
    wire.release();
    wire.answer('/freshness/load', loaded(null));
    expect((await source.load(keyOf('again'))).value).toBeNull();
  });
});

describe('what is no answer is an error and never a record', () => {
  const token = (changed: object) => loaded({ ...RECORD, token: { ...RECORD.token, ...changed } });

  test.each<[string, unknown]>([
    ['nothing', ''],
    ['HTML', '<html></html>'],
    ['null', 'null'],
    ['a list', []],
    ['a text for seq', { ...SYNCED, seq: '12' }],
    ['a fraction for seq', { ...SYNCED, seq: 1.5 }],
    ['a negative seq', { ...SYNCED, seq: -1 }],
    ['a seq beyond exactness', { ...SYNCED, seq: 2 ** 53 }],
    ['no history', { ...SYNCED, history: undefined }],
    ['an empty history', { ...SYNCED, history: '' }],
    ['no changes', { ...SYNCED, changes: undefined }],
    ['a number among the changes', { ...SYNCED, changes: [7] }],
    ['no subject among the changes', { ...SYNCED, changes: ['everything'] }],
    ['no kept_after_seq', { ...SYNCED, kept_after_seq: null }],
    ['a negative lease', { ...SYNCED, lease_ms: -1 }],
    ['an endless lease', JSON.stringify(SYNCED).replace('900', '1e999')],
    ['no clock', { ...SYNCED, now_ms: null }],
  ])('to a sync: %s', async (_what, body) => {
    wire.answer('/freshness', body);
    expect((await errorOf(source.sync(null))).code).toBe('bad_answer');
  });

  test.each<[string, unknown]>([
    ['no loads', { history: 'h1', seq: 12 }],
    ['more than was asked for', loaded(RECORD, RECORD)],
    ['less than was asked for', loaded()],
    ['no record where none is said', loaded(undefined)],
    ['a text for a record', loaded('active')],
    ['no subjects', { ...loaded(), loads: [{ record: RECORD }] }],
    ['an empty list of subjects', { ...loaded(), loads: [{ record: null, subjects: [] }] }],
    ['no position', { loads: loaded(RECORD).loads }],
    ['no end of the secret', loaded({ ...RECORD, secretEndsAtMs: undefined })],
    ['a date for an instant', loaded({ ...RECORD, revokedAtMs: '2026-01-01T00:00:00Z' })],
    ['no word about the holder', loaded({ ...RECORD, holderDeactivatedAtMs: undefined })],
    ['no token', loaded({ ...RECORD, token: null })],
    ['a number for an id', token({ tokenId: 1 })],
    ['no holder', token({ holderId: undefined })],
    ['a text for scopes', token({ scopes: '*:editor' })],
    ['no text among the scopes', token({ scopes: [null] })],
    ['no word about the end', token({ expiresAtMs: undefined })],
    ['no creation', token({ createdAtMs: null })],
  ])('to a load: %s', async (_what, body) => {
    wire.answer('/freshness/load', body);
    expect((await errorOf(source.load(keyOf('one')))).code).toBe('bad_answer');
  });
});

test.each<[number, SourceErrorCode]>([
  [401, 'refused_credential'],
  [403, 'refused_credential'],
  [503, 'unavailable'],
  [502, 'unavailable'],
  [504, 'unavailable'],
  [302, 'bad_answer'],
  [404, 'bad_answer'],
  [500, 'bad_answer'],
  [201, 'bad_answer'],
])('the status %d is the error %s, whatever the body says', async (status, code) => {
  wire.answer('/freshness', SYNCED, status);
  expect((await errorOf(source.sync(null))).code).toBe(code);
});

test('no connection is an error that names its cause, and not what was sent', async () => {
  source = sourceWith({ credential: `client_a:${SECRET}` });
  const cause = Object.assign(new Error(`connect with ${SECRET}`), { code: 'ECONNREFUSED' });
  wire.answers.set('/freshness', new TypeError(`fetch failed with ${SECRET}`, { cause }));
  const error = await errorOf(source.sync(null));
  expect(error.code).toBe('unreachable');
  expect(error.message).toContain('(ECONNREFUSED)');
  expect([error.message, error.stack, String(error.cause)].join()).not.toContain(SECRET);
});

describe('the credential', () => {
  test.each([['client_a:s:x y+ü'], [{ id: 'client_a', secret: 's:x y+ü' }]])(
    'goes as Basic, with its parts form-encoded: %j',
    async (credential) => {
      source = sourceWith({ credential });
      wire.answer('/freshness', SYNCED);
      await source.sync(null);
      const sent = wire.asked[0]?.headers.authorization ?? '';
      expect(Buffer.from(sent.slice(6), 'base64').toString()).toBe('client_a:s%3Ax%20y%2B%C3%BC');
      expect(wire.asked[0]?.init.redirect).toBe('manual');
    },
  );

  test('that is none is refused at the start, without being repeated', () => {
    for (const credential of [
      SECRET,
      `:${SECRET}`,
      `wrong:${SECRET}`,
      'client_a:',
      { id: SECRET, secret: 'x' },
    ]) {
      expect(() => sourceWith({ credential })).toThrow(TypeError);
      expect(() => sourceWith({ credential })).not.toThrow(SECRET);
    }
  });

  test('is in nothing that prints the source', () => {
    source = sourceWith({ credential: `client_a:${SECRET}` });
    expect(JSON.stringify(source)).not.toContain(SECRET);
  });
});

describe('the address', () => {
  test.each([
    'http://localhost:1',
    'http://127.0.0.1:1',
    'http://127.8.9.1:1',
    'http://[::1]:1',
    'http://a.localhost',
    'https://lencana.example',
  ])('%s is taken', (url) => {
    expect(() => sourceWith({ url })).not.toThrow();
  });

  test.each([
    ['http://lencana.example', /allowHttp: true/],
    ['http://10.0.0.1:8081', /allowHttp: true/],
    ['http://127.0.0.1.example', /allowHttp: true/],
    ['http://localhost.example', /allowHttp: true/],
    ['http://[::2]:1', /allowHttp: true/],
    ['ftp://localhost', /http: or https:/],
    ['lencana', /must be an address/],
    [`https://client_a:${SECRET}@lencana.example`, /no credential/],
    ['https://lencana.example/?a=1', /before any/],
  ])('%s is refused', (url, says) => {
    expect(() => sourceWith({ url })).toThrow(says);
    expect(() => sourceWith({ url })).not.toThrow(SECRET);
  });

  test('of plain HTTP is taken where the owner says so', () => {
    expect(() => sourceWith({ url: 'http://10.0.0.1:8081', allowHttp: true })).not.toThrow();
  });

  test('may have a path', async () => {
    source = sourceWith({ url: 'https://gateway.example/lencana' });
    wire.answer('/lencana/freshness', SYNCED);
    await source.sync(null);
    expect(wire.asked[0]?.path).toBe('/lencana/freshness');
  });
});

test('once closed, it has ended what was under way and asks nothing more', async () => {
  wire.holding = true;
  const sync = errorOf(source.sync(null));
  const load = errorOf(source.load(keyOf('one')));
  await settle();
  await source.close();
  expect([(await sync).code, (await load).code]).toEqual(['unavailable', 'unavailable']);
  const { length } = wire.asked;
  expect((await errorOf(source.sync(null))).code).toBe('unavailable');
  expect(wire.asked.length).toBe(length);
  expect(timer.due.size).toBe(0);
});
