/** Both ends of the feed's wire together: the library's source asks a real listener, whose feed a test holds in its hand. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createHttpSource,
  ENTRY_KINDS,
  Entry,
  hashAscii,
  type LoadKey,
  type Position,
  type SecretRecord,
  SourceError,
  type SyncAnswer,
  secretKey,
} from '@lencana/verifier/node';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { markOf } from '../../../../verifier/src/change-stamps.ts';
import { entriesOf, holderOf, SUBJECTS, secretOf } from '../../../../verifier/src/source-under-test.ts';
import type { FeedLoads } from '../../core/authority/freshness-feed.ts';
import { createVerificationApp } from './verification-app.ts';
import { gateFor, NO_REPORTS } from './verification-under-test.ts';

const RECORD: SecretRecord = {
  secretEndsAtMs: null,
  revokedAtMs: 7,
  holderDeactivatedAtMs: null,
  refusedFor: null,
  token: {
    tokenId: 'tok_1',
    tokenName: 'ci "ü"\u001f',
    secretId: '00'.repeat(16),
    holderId: 'u1',
    holderName: 'Ayu',
    holderEmail: 'ayu@example.com',
    organizationId: 'default',
    scopes: ['*:editor', 'reports:viewer'],
    createdAtMs: 1,
    expiresAtMs: 1_800_000_000_000,
  },
};
const SYNCED: SyncAnswer = {
  history: 'h1',
  seq: 12,
  changes: ['token:tok_1', 'mark:0a1b2c3d'],
  keptAfterSeq: 3,
  leaseMs: 812.5,
  nowMs: 1_795_000_000_000,
};

class FeedInHand {
  synced: SyncAnswer | null = SYNCED;
  loaded: FeedLoads | null = null;
  readonly asked: unknown[] = [];

  async sync(after: Position | null, holdMs: number) {
    this.asked.push({ after, holdMs });
    return this.synced;
  }

  async load(keys: readonly LoadKey[]) {
    this.asked.push(keys);
    return this.loaded;
  }
}

async function open(credential?: string) {
  const feed = new FeedInHand();
  const server = createServer();
  const app = await createVerificationApp({
    server,
    log: pino({ level: 'silent' }),
    trustedProxies: [],
    tokenPrefix: 'cldkctl_',
    outageRefusal: () => null,
    accessLogLevel: 'debug',
    isReady: async () => true,
    metricsText: async () => '',
    verifier: { verifyNow: () => ({ outcome: 'unavailable' }) },
    gate: gateFor('s:+ü'),
    feed,
    reports: NO_REPORTS,
    demandsCredential: true,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const source = createHttpSource({
    url: `http://127.0.0.1:${port}`,
    credential,
    holdMs: 100,
    timeoutMs: 10_000,
  });
  onTestFinished(async () => {
    await source.close();
    await app.close();
  });
  return { feed, source, url: `http://127.0.0.1:${port}` };
}

const CREDENTIAL = 'client_1:s:+ü';
const [KEY, OTHER_KEY] = ['one', 'other'].map((text) => secretKey(hashAscii(text, new Int32Array(8)))) as [
  LoadKey,
  LoadKey,
];

/** What the cache would give to a feed: a secret with its holder, or that nobody has it. */
function found(record: SecretRecord | null): Entry<SecretRecord> {
  const subjects = record ? SUBJECTS : (['secret:00'] as const);
  const parts = entriesOf(KEY, record, subjects).map(({ key, value, subjects }, at) => ({
    key: at === 0 ? null : key,
    kind: at === 0 ? ENTRY_KINDS.secret : ENTRY_KINDS.user,
    value,
    marks: subjects.map(markOf),
    turn: 1,
    era: 1,
    trueAtVersion: 1,
  }));
  return new Entry(new Int32Array(8), record, parts, null);
}

/** As a service would that is not ours, or of another release: the body as it is. */
async function ask(url: string, path: string, body: object): Promise<{ status: number; json: unknown }> {
  const authorization = `Basic ${Buffer.from('client_1:s%3A%2B%C3%BC').toString('base64')}`;
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => 'it succeeded',
    (error) => (error instanceof SourceError ? error.code : String(error)),
  );
}

test('a sync is asked and answered as it was meant', async () => {
  const { feed, source } = await open(CREDENTIAL);
  expect(await source.sync(null)).toEqual({ ...SYNCED, prefixes: ['cldkctl_'] });
  feed.synced = { ...SYNCED, changes: null };
  expect(await source.sync({ history: 'h1', seq: 12 })).toEqual({
    ...SYNCED,
    changes: null,
    prefixes: ['cldkctl_'],
  });
  expect(feed.asked).toEqual([
    { after: null, holdMs: 0 },
    { after: { history: 'h1', seq: 12 }, holdMs: 100 },
  ]);
});

test('loads arrive together, by keys, and each is answered with its own entry and its holder', async () => {
  const { feed, source } = await open(CREDENTIAL);
  feed.loaded = { history: 'h1', seq: 12, entries: [found(RECORD), found(null)] };
  const [one, other] = await Promise.all([source.load(KEY), source.load(OTHER_KEY)]);
  expect(one).toMatchObject({ history: 'h1', seq: 12 });
  expect(one.entries.map(({ value }) => value)).toEqual([secretOf(RECORD), holderOf(RECORD)]);
  expect(other.entries.map(({ key, value }) => [key, value])).toEqual([[OTHER_KEY, null]]);
  expect(feed.asked).toEqual([[KEY, OTHER_KEY]]);
});

describe('a node gives a record to nobody who does not understand all that restricts it', () => {
  const ALL = ['secret_end', 'token_end', 'revocation', 'deactivation', 'scopes', 'refusal'];
  const without = (name: string) => ALL.filter((each) => each !== name);
  const { token } = RECORD;

  test.each<[string, Partial<SecretRecord>]>([
    ['secret_end', { secretEndsAtMs: 5 }],
    ['token_end', { token: { ...token, expiresAtMs: 5 } }],
    ['revocation', { revokedAtMs: 5 }],
    ['deactivation', { holderDeactivatedAtMs: 5 }],
    ['refusal', { refusedFor: 'organization_suspended' }],
    ['scopes', {}],
  ])('%s', async (name, change) => {
    const { feed, url } = await open(CREDENTIAL);
    const plain = { ...RECORD, revokedAtMs: null, token: { ...token, expiresAtMs: null } };
    const asked = (understands: string[]) => ask(url, '/freshness/load', { keys: [KEY], understands });
    feed.loaded = { history: 'h1', seq: 12, entries: [found({ ...plain, ...change })] };
    expect(await asked(without(name))).toMatchObject({
      status: 503,
      json: { code: 'not_understood', detail: expect.stringContaining(name) },
    });
    expect((await asked([...ALL, 'phase_of_moon'])).status).toBe(200);
    // What a record has not restricts it not.
    if (name === 'scopes') return;
    feed.loaded = { history: 'h1', seq: 12, entries: [found(plain)] };
    expect((await asked(without(name))).status).toBe(200);
  });

  test('nor among others, and says nothing of any then', async () => {
    const { feed, url } = await open(CREDENTIAL);
    feed.loaded = { history: 'h1', seq: 12, entries: [found(null), found(RECORD)] };
    const { status, json } = await ask(url, '/freshness/load', {
      keys: [OTHER_KEY, KEY],
      understands: without('revocation'),
    });
    expect([status, JSON.stringify(json)]).toEqual([503, expect.not.stringContaining('tok_1')]);
  });
});

describe('a verifier of release 0.1.0', () => {
  const digest = KEY.slice('secret:'.length);

  test('is answered in its own words, and with every subject', async () => {
    const { feed, url } = await open(CREDENTIAL);
    feed.loaded = { history: 'h1', seq: 12, entries: [found(RECORD), found(null)] };
    const body = { keys: [digest, OTHER_KEY.slice('secret:'.length)], after: null };
    const { status, json } = await ask(url, '/freshness/load', body);
    const { secretId: _secretId, ...identity } = RECORD.token;
    const { refusedFor: _refusedFor, ...record } = { ...RECORD, token: identity };
    const A_MARK = expect.stringMatching(/^mark:[0-9a-f]{8}$/);
    expect([status, json]).toEqual([
      200,
      {
        history: 'h1',
        seq: 12,
        loads: [
          { record, subjects: expect.arrayContaining([A_MARK]) },
          { record: null, subjects: [A_MARK] },
        ],
      },
    ]);
    expect(feed.asked).toEqual([[KEY, OTHER_KEY]]);
  });

  test('is given no record that it would judge wrongly', async () => {
    const { feed, url } = await open(CREDENTIAL);
    feed.loaded = {
      history: 'h1',
      seq: 12,
      entries: [found({ ...RECORD, refusedFor: 'organization_suspended' })],
    };
    const { status, json } = await ask(url, '/freshness/load', { keys: [digest], after: null });
    expect([status, JSON.stringify(json)]).toEqual([503, expect.not.stringContaining('tok_1')]);
  });

  test('gets its changes as before', async () => {
    const { url } = await open(CREDENTIAL);
    const { json } = await ask(url, '/freshness', { after: { history: 'h1', seq: 7 }, hold_ms: 10 });
    expect(json).toMatchObject({
      history: 'h1',
      seq: 12,
      changes: SYNCED.changes,
      kept_after_seq: 3,
      lease_ms: 812.5,
      now_ms: 1_795_000_000_000,
    });
  });
});

test('a newer verifier is answered, whatever it sends besides', async () => {
  const { feed, url } = await open(CREDENTIAL);
  feed.loaded = { history: 'h1', seq: 12, entries: [found(null)] };
  const body = { keys: [KEY], understands: ['revocation'], after: null, phase_of_moon: 'full' };
  expect((await ask(url, '/freshness/load', body)).status).toBe(200);
  expect((await ask(url, '/freshness', { after: null, hold_ms: 0, phase_of_moon: 'full' })).status).toBe(200);
});

test.each([
  ['no digest', { keys: ['secret:short'], understands: [] }],
  ['a digest of more bits than one has', { keys: [`secret:${'_'.repeat(43)}`], understands: [] }],
  ['an id that no text of a database holds', { keys: ['user:a\0b'], understands: [] }],
  ['no kind', { keys: ['mars'], understands: [] }],
  ['no keys', { keys: [], understands: [] }],
  ['too many keys', { keys: Array.from({ length: 101 }, () => KEY), understands: [] }],
  ['digests alone and what is understood', { keys: [KEY.slice(7)], understands: [] }],
  ['keys of kinds, and nothing of what is understood', { keys: [KEY] }],
])('a load with %s is refused', async (_what, body) => {
  const { feed, url } = await open(CREDENTIAL);
  expect((await ask(url, '/freshness/load', body)).status).toBe(400);
  expect(feed.asked).toEqual([]);
});

test('the accepted prefixes come with a sync', async () => {
  const { source } = await open(CREDENTIAL);
  await source.sync(null);
  expect(source.prefixes?.()).toEqual(['cldkctl_']);
});

test('without a lease the node answers nothing', async () => {
  const { feed, source } = await open(CREDENTIAL);
  feed.synced = null;
  expect(await codeOf(source.sync(null))).toBe('unavailable');
  expect(await codeOf(source.load(KEY))).toBe('unavailable');
});

test.each([undefined, 'client_1:wrong'])(
  'a service with the credential %s learns nothing',
  async (credential) => {
    const { feed, source } = await open(credential);
    expect(await codeOf(source.sync(null))).toBe('refused_credential');
    expect(await codeOf(source.load(KEY))).toBe('refused_credential');
    expect(feed.asked).toEqual([]);
  },
);
