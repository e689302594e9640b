import { beforeEach, describe, expect, test } from 'vitest';
import { UNDERSTOOD } from './entry-kinds.ts';
import { createHttpSource, type HttpSource, type HttpSourceParts } from './http-source.ts';
import { hashAscii, secretKey } from './secret-hash.ts';
import { SourceError, type SourceErrorCode } from './source-error.ts';
import { ClockUnderTest, entriesOf, RECORD, SUBJECTS, settle } from './source-under-test.ts';
import {
  type Asked,
  loaded,
  NODE_URL,
  SYNCED,
  TimerInHand,
  WireUnderTest,
  wired,
} from './wire-under-test.ts';

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

const keyOf = (text: string) => secretKey(hashAscii(text, new Int32Array(8)));

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
      prefixes: null,
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
  test('of one turn go in one request, and each gets its own answer with what it refers to', async () => {
    const [one, other] = [keyOf('one'), keyOf('other')];
    const { load, along } = wired(one, RECORD);
    const body = { history: 'h1', seq: 12, loads: [load, wired(other, null).load], along };
    wire.answer('/freshness/load', body);
    expect(await Promise.all([source.load(one), source.load(other)])).toEqual([
      { history: 'h1', seq: 12, entries: entriesOf(one, RECORD, SUBJECTS) },
      { history: 'h1', seq: 12, entries: [{ key: other, value: null, subjects: ['secret:aa'] }] },
    ]);
    expect(wire.asked.map((asked) => asked.body)).toEqual([
      { keys: [one, other], understands: UNDERSTOOD, after: null },
    ]);
  });

  test('that are many are parted into requests of 100, four of them at a time', async () => {
    wire.holding = true;
    wire.answer('/freshness/load', loaded(null));
    const all = Promise.all(Array.from({ length: 630 }, (_, at) => source.load(keyOf(String(at)))));
    await settle();
    const sizes = () => wire.asked.map(({ body }) => body.keys?.length);
    expect(sizes()).toEqual([100, 100, 100, 100]);
    wire.release();
    expect((await all).length).toBe(630);
    expect(sizes().slice(4)).toEqual([100, 100, 30]);
  });

  test('of which some need more than is understood here are parted, so that the others are answered', async () => {
    const keys = Array.from({ length: 9 }, (_, at) => keyOf(String(at)));
    const tooNew = new Set([keys[3], keys[8]] as string[]);
    wire.answer('/freshness/load', (asked: Asked) =>
      (asked.body.keys ?? []).some((key) => tooNew.has(key))
        ? { status: 503, body: { code: 'not_understood', detail: 'restricted by phase_of_moon' } }
        : loaded(RECORD)(asked),
    );
    const outcomes = await Promise.all(
      keys.map((key) =>
        source.load(key).then(
          () => 'answered',
          ({ code }) => code,
        ),
      ),
    );
    expect(outcomes).toEqual(keys.map((key) => (tooNew.has(key) ? 'not_understood' : 'answered')));
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
    expect((await source.load(keyOf('again'))).entries[0].value).toBeNull();
  });
});

describe('what is no answer is an error and never a record', () => {
  const KEY = keyOf('one');
  const { load, along } = wired(KEY, RECORD);
  const [holder] = along;
  const GOOD = { history: 'h1', seq: 12, loads: [load], along };
  const withLoad = (changed: object) => ({ ...GOOD, loads: [{ ...load, ...changed }] });
  const withSecret = (changed: object) => withLoad({ record: { ...load?.record, ...changed } });
  const withHolder = (changed: object) => ({
    ...GOOD,
    along: [{ ...holder, record: { ...holder?.record, ...changed } }],
  });

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
    ['no loads', { ...GOOD, loads: undefined }],
    ['nothing along', { ...GOOD, along: undefined }],
    ['more than was asked for', { ...GOOD, loads: [load, load] }],
    ['less than was asked for', { ...GOOD, loads: [] }],
    ['another key than was asked for', withLoad({ key: keyOf('other') })],
    ['no key', withLoad({ key: undefined })],
    ['an entry of a kind that is not known', withLoad({ key: 'planet:mars' })],
    ['no record where none is said', withLoad({ record: undefined })],
    ['a text for a record', withLoad({ record: 'active' })],
    ['no subjects', withLoad({ subjects: undefined })],
    ['an empty list of subjects', withLoad({ subjects: [] })],
    ['an empty list of a holder’s subjects', { ...GOOD, along: [{ ...holder, subjects: [] }] }],
    ['no position', { ...GOOD, history: undefined }],
    ['no end of the secret', withSecret({ secret_ends_at_ms: undefined })],
    ['a date for an instant', withSecret({ revoked_at_ms: '2026-01-01T00:00:00Z' })],
    ['a fraction for an instant', withSecret({ revoked_at_ms: 1.5 })],
    ['a number for an id', withSecret({ token_id: 1 })],
    ['no holder', withSecret({ holder_id: undefined })],
    ['no word about a refusal', withSecret({ refused_for: undefined })],
    ['no word about the end', withSecret({ expires_at_ms: undefined })],
    ['no creation', withSecret({ created_at_ms: null })],
    ['a text for scopes', withSecret({ own_scopes: '*:editor' })],
    ['no text among the scopes', withSecret({ own_scopes: [null] })],
    ['no word about the holder', withHolder({ deactivated_at_ms: undefined })],
    ['no word about what the holder may do', withHolder({ allowed_scopes: null })],
    ['no record of the holder', { ...GOOD, along: [{ ...holder, record: 'Ana' }] }],
    [
      'what release 0.1.0 of a node answers',
      { ...GOOD, along: undefined, loads: [{ record: RECORD, subjects: SUBJECTS }] },
    ],
  ])('to a load: %s', async (_what, body) => {
    wire.answer('/freshness/load', body);
    expect((await errorOf(source.load(KEY))).code).toBe('bad_answer');
  });

  test('members, kinds and subjects that are not known here only inform', async () => {
    const more = { phase_of_moon: 'full', record: { ...load?.record, phase_of_moon: 'full' } };
    const planet = { key: 'planet:mars', record: { moons: 2 }, subjects: ['planet:mars'] };
    const subjects = ['secret:aa', 'planet:mars'];
    wire.answer('/freshness/load', {
      ...withLoad({ ...more, subjects }),
      along: [...along, planet],
      phase_of_moon: 'full',
    });
    const { entries } = await source.load(KEY);
    expect(entries.map(({ key, value }) => [key, value])).toEqual(
      entriesOf(KEY, RECORD, SUBJECTS).map(({ key, value }) => [key, value]),
    );
    expect(entries[0].subjects).toEqual(subjects);
  });
});

test('prefixes that the deployment accepts are learnt from a sync, and what cannot be one is passed over', async () => {
  expect(source.prefixes?.()).toBeNull();
  wire.answer('/freshness', { ...SYNCED, prefixes: ['acme_', 'ü_', '', 'old_'] });
  await source.sync(null);
  expect(source.prefixes?.()).toEqual(['acme_', 'old_']);
  wire.answer('/freshness', { ...SYNCED, prefixes: 'acme_' });
  expect((await errorOf(source.sync(null))).code).toBe('bad_answer');
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

  test('that is invalid is refused at the start, without being repeated', () => {
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
