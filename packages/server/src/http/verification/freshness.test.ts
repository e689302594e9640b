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
import { basicCredential } from './client-credential.ts';
import { createVerificationApp } from './verification-app.ts';

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
  const reported: unknown[] = [];
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
    gate: {
      admitCached: () => undefined,
      admit: async (presented) => (basicCredential(presented)?.secret === 's:+ü' ? 'admitted' : 'refused'),
    },
    feed,
    usage: {
      usedBefore: (use) => reported.push(use),
      refusedBefore: (...refusal) => reported.push(refusal),
    },
    ownersOf: async (ids) =>
      ids.filter((id) => id === 'tok_1').map((tokenId) => ({ tokenId, organizationId: 'o', holderId: 'h' })),
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
  return { feed, source, reported, url: `http://127.0.0.1:${port}` };
}

const CREDENTIAL = 'client_1:s:+ü';
const keyOf = (words: HashWords) => {
  const bytes = new Uint8Array(32);
  words.forEach((word, at) => {
    new DataView(bytes.buffer).setInt32(at * 4, word);
  });
  return bytes;
};

/** As a service would that is not ours: the body as it is. */
async function reportStatus(url: string, seen: Record<string, unknown>): Promise<number> {
  const use = { token_id: 'tok_1', at_ms: 5, address: null, client: null, ...seen };
  const { status } = await fetch(`${url}/freshness/uses`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from('client_1:s%3A%2B%C3%BC').toString('base64')}`,
    },
    body: JSON.stringify({ uses: [use] }),
  });
  return status;
}

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

test('uses and refusals arrive, refusals of tokens that there are', async () => {
  const { source, reported } = await open(CREDENTIAL);
  const { token } = RECORD;
  source.used(token, { address: '192.0.2.1', agent: 'ü'.repeat(1000) }, 5.5);
  source.refused(token, 'revoked', { agent: 'curl' }, 6);
  source.refused(token, 'revoked', {}, 7);
  source.refused({ ...token, tokenId: 'tok_made_up' }, 'expired', {}, 7);
  await source.close();
  const last = { tokenId: 'tok_1', atMs: 7, address: null, client: null };
  expect(reported).toEqual([
    [{ tokenId: 'tok_1', organizationId: 'o', holderId: 'h' }, 'revoked', { count: 2, firstAtMs: 6, last }],
    { tokenId: 'tok_1', atMs: 6, address: '192.0.2.1', client: 'ü'.repeat(200) },
  ]);
});

test('of a token that is nobody’s no use is written', async () => {
  const { source, reported } = await open(CREDENTIAL);
  source.used({ ...RECORD.token, tokenId: 'tok_made_up' }, {}, 5);
  await source.close();
  expect(reported).toEqual([]);
});

test('what no database takes is refused, and nothing of it is kept', async () => {
  const { url, reported } = await open();
  expect(await reportStatus(url, { client: 'curl\0' })).toBe(400);
  expect(await reportStatus(url, { address: '192.0.2.1\0' })).toBe(400);
  expect(await reportStatus(url, { token_id: 'tok_\0' })).toBe(400);
  expect(reported).toEqual([]);
  expect(await reportStatus(url, { client: 'curl' })).toBe(204);
  expect(reported).toHaveLength(1);
});
