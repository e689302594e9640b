/** Both ends of the feed's wire together: the library's source asks a real listener, whose feed a test holds in its hand. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createHttpSource,
  type HashWords,
  hashAscii,
  type Position,
  type SecretRecord,
  SourceError,
  type SyncAnswer,
  wordsOfBytes,
} from '@lencana/verifier/node';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import type { FeedLoads } from '../../core/authority/freshness-feed.ts';
import { createVerificationApp } from './verification-app.ts';
import { gateFor, NO_REPORTS } from './verification-under-test.ts';

const RECORD: SecretRecord = {
  secretEndsAtMs: null,
  revokedAtMs: 7,
  holderDeactivatedAtMs: null,
  token: {
    tokenId: 'tok_1',
    tokenName: 'ci "ü"\u001f',
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

  async load(keys: readonly HashWords[]) {
    this.asked.push(keys.map((key) => [...key]));
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
    isOutage: () => false,
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
  return { feed, source };
}

const CREDENTIAL = 'client_1:s:+ü';
const keyOf = (words: HashWords) => {
  const bytes = new Uint8Array(32);
  words.forEach((word, at) => {
    new DataView(bytes.buffer).setInt32(at * 4, word);
  });
  return bytes;
};

async function codeOf(call: Promise<unknown>): Promise<string> {
  return await call.then(
    () => 'it succeeded',
    (error) => (error instanceof SourceError ? error.code : String(error)),
  );
}

test('a sync is asked and answered as it was meant', async () => {
  const { feed, source } = await open(CREDENTIAL);
  expect(await source.sync(null)).toEqual(SYNCED);
  feed.synced = { ...SYNCED, changes: null };
  expect(await source.sync({ history: 'h1', seq: 12 })).toEqual({ ...SYNCED, changes: null });
  expect(feed.asked).toEqual([
    { after: null, holdMs: 0 },
    { after: { history: 'h1', seq: 12 }, holdMs: 100 },
  ]);
});

test('loads arrive together, by digests, and each is answered with its own record', async () => {
  const { feed, source } = await open(CREDENTIAL);
  const subjects = ['token:tok_1', 'user:u1'] as const;
  feed.loaded = {
    history: 'h1',
    seq: 12,
    loads: [
      { record: RECORD, subjects },
      { record: null, subjects: ['secret:00'] },
    ],
  };
  const words = ['one', 'other'].map((text) => hashAscii(text, new Int32Array(8)));
  expect(await Promise.all(words.map((each) => source.load(keyOf(each))))).toEqual([
    { history: 'h1', seq: 12, value: RECORD, subjects },
    { history: 'h1', seq: 12, value: null, subjects: ['secret:00'] },
  ]);
  expect(feed.asked).toEqual([words.map((each) => [...wordsOfBytes(keyOf(each))])]);
});

test('without a lease the node answers nothing', async () => {
  const { feed, source } = await open(CREDENTIAL);
  feed.synced = null;
  expect(await codeOf(source.sync(null))).toBe('unavailable');
  expect(await codeOf(source.load(new Uint8Array(32)))).toBe('unavailable');
});

test.each([undefined, 'client_1:wrong'])(
  'a service with the credential %s learns nothing',
  async (credential) => {
    const { feed, source } = await open(credential);
    expect(await codeOf(source.sync(null))).toBe('refused_credential');
    expect(await codeOf(source.load(new Uint8Array(32)))).toBe('refused_credential');
    expect(feed.asked).toEqual([]);
  },
);
