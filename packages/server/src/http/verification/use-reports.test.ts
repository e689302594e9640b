/** Reports of uses, from the body of a request to what is kept of it; and both ends of the wire together. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpSource, type TokenIdentity } from '@lencana/verifier/node';
import { pino } from 'pino';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { ReportedUse, TokenOwner } from '../../core/usage/usage-recorder.ts';
import type { Batch } from '../../store/tokens/reported-uses.ts';
import { createVerificationApp } from './verification-app.ts';
import { gateFor } from './verification-under-test.ts';

const NOW_MS = 1_795_000_000_000;
const SECRET = 's:+ü';
const AUTHORIZATION = `Basic ${Buffer.from('client_1:s%3A%2B%C3%BC').toString('base64')}`;
const REPORTER = expect.objectContaining({ id: 'client_1', name: 'reports' });
const INSTANCE = 'vrf_0123456789abcdef';

let uses: ReportedUse[];
let refusals: [TokenOwner, object][];
let counted: Map<string, number>;
let url: string;

beforeEach(async () => {
  uses = [];
  refusals = [];
  counted = new Map();
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
    gate: gateFor(SECRET),
    feed: { sync: async () => null, load: async () => null },
    reports: {
      usage: {
        reportUse: (use) => uses.push(use),
        reportRefusals: (owner, seen) => refusals.push([owner, seen]),
      },
      ownersOf: async (ids) => ids.filter((id) => id.startsWith('tok_')).map(ownerOf),
      batches: { count: async (batch) => countOnce(batch) },
      clock: () => NOW_MS,
    },
    // As on loopback.
    demandsCredential: false,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  onTestFinished(() => app.close());
});

const ownerOf = (tokenId: string) => ({ tokenId, organizationId: 'o', holderId: 'h' });

function countOnce({ clientId, instanceId, batch }: Batch) {
  const key = `${clientId} ${instanceId}`;
  if ((counted.get(key) ?? 0) >= batch) return 'again';
  counted.set(key, batch);
  return 'counted';
}

const use = (change: object = {}) => ({
  token_id: 'tok_1',
  at_ms: NOW_MS - 10,
  address: '192.0.2.1',
  agent: 'curl',
  ...change,
});
const refusal = (change: object = {}) => ({
  ...use(),
  reason: 'revoked',
  count: 3,
  first_at_ms: NOW_MS - 1000,
  ...change,
});

async function post(body: object, authorization: string | null = AUTHORIZATION) {
  const response = await fetch(`${url}/freshness/uses`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body: JSON.stringify({ instance: INSTANCE, batch: 1, uses: [], ...body }),
  });
  return { status: response.status, text: await response.text() };
}

const nothingIsKept = () => expect([uses, refusals, counted.size]).toEqual([[], [], 0]);

describe('a report', () => {
  test.each([null, 'Basic x', `Basic ${Buffer.from('client_1:wrong').toString('base64')}`])(
    'with the credential %s is refused, on loopback too',
    async (authorization) => {
      const { status, text } = await post({ uses: [use()] }, authorization);
      expect([status, JSON.parse(text).code]).toEqual([403, 'forbidden']);
      nothingIsKept();
    },
  );

  test('is kept under the name of the service that sent it', async () => {
    const refused = refusal({ secret_id: 'sec_1', scope: 'reports:viewer' });
    expect((await post({ uses: [use()], refusals: [refused] })).status).toBe(204);
    const seen = { tokenId: 'tok_1', atMs: NOW_MS - 10, address: '192.0.2.1', agent: 'curl' };
    expect(uses).toEqual([{ ...seen, reporter: REPORTER }]);
    expect(refusals).toEqual([
      [
        ownerOf('tok_1'),
        {
          reason: 'revoked',
          count: 3,
          firstAtMs: NOW_MS - 1000,
          last: seen,
          reported: { reporter: REPORTER, reason: null, secretId: 'sec_1', scope: 'reports:viewer' },
        },
      ],
    ]);
  });

  test('counts once, however often it is sent', async () => {
    for (let sent = 0; sent < 3; sent++) {
      expect((await post({ batch: 7, refusals: [refusal()] })).status).toBe(204);
    }
    expect(refusals).toHaveLength(1);
    await post({ batch: 8, refusals: [refusal()] });
    await post({ batch: 6, refusals: [refusal()] });
    await post({ batch: 7, instance: 'vrf_another-verifier', refusals: [refusal()] });
    expect(refusals).toHaveLength(3);
  });

  test('of a token that is nobody’s is not kept', async () => {
    const made_up = { token_id: 'made_up' };
    expect((await post({ uses: [use(made_up)], refusals: [refusal(made_up)] })).status).toBe(204);
    expect([uses, refusals]).toEqual([[], []]);
  });

  test('may hold what only a newer verifier knows', async () => {
    const newer = { workload: { cluster: 'a' } };
    const body = {
      uses: [use(newer)],
      refusals: [refusal({ ...newer, reason: 'address_not_allowed' })],
      ...newer,
    };
    expect((await post(body)).status).toBe(204);
    expect([uses.length, refusals.length]).toEqual([1, 1]);
  });

  test('of reasons that only the service knows counts as one reason, and keeps the word', async () => {
    const words = ['address_not_allowed', 'made_up', 'unknown', 'constructor'];
    await post({ refusals: words.map((reason) => refusal({ reason })) });
    expect(refusals.map(([, seen]) => seen)).toMatchObject(
      words.map((word) => ({ reason: 'other', reported: { reason: word } })),
    );
  });

  test('keeps an address in its one spelling, in which nothing else can be written', async () => {
    const spellings = ['::ffff:1.2.3.4', 'fe80::1%call-me-on-555', '2001:DB8:0::1', '192.0.2.1'];
    await post({
      uses: spellings.map((address) => use({ address })),
      refusals: spellings.map((address) => refusal({ address })),
    });
    const read = ['1.2.3.4', 'fe80::1', '2001:db8::1', '192.0.2.1'];
    expect(uses.map(({ address }) => address)).toEqual(read);
    expect(refusals.map(([, seen]) => (seen as { last: { address: string } }).last.address)).toEqual(read);
  });

  test('that is a little ahead of this clock is of now', async () => {
    expect((await post({ uses: [use({ at_ms: NOW_MS + 4000 })] })).status).toBe(204);
    expect(uses).toMatchObject([{ atMs: NOW_MS }]);
  });

  test.each([
    ['uses.0.at_ms', { uses: [use({ at_ms: NOW_MS + 6000 })] }],
    ['uses.0.at_ms', { uses: [use({ at_ms: NOW_MS - 3_600_001 })] }],
    ['uses.0.address', { uses: [use({ address: 'somewhere' })] }],
    ['uses.1.address', { uses: [use(), use({ address: '192.0.2.999' })] }],
    ['uses.0.address', { uses: [use({ address: '192.0.2.1\0' })] }],
    ['uses.0.agent', { uses: [use({ agent: 'curl\0' })] }],
    ['uses.0.agent', { uses: [use({ agent: 'x'.repeat(201) })] }],
    ['uses.0.token_id', { uses: [use({ token_id: 'tok_\0' })] }],
    ['refusals.0.count', { refusals: [refusal({ count: 1_000_000_000 })] }],
    ['refusals.0.count', { refusals: [refusal({ count: 200_001 })] }],
    ['refusals.0.count', { refusals: [refusal({ count: 0 })] }],
    ['refusals.0.first_at_ms', { refusals: [refusal({ first_at_ms: NOW_MS })] }],
    ['refusals.0.first_at_ms', { refusals: [refusal({ first_at_ms: NOW_MS - 3_600_001 })] }],
    ['refusals.0.reason', { refusals: [refusal({ reason: 'Drop table' })] }],
    ['instance', { instance: 'x' }],
    ['batch', { batch: 0 }],
  ])('with an impossible %s is refused whole', async (field, body) => {
    const good = { uses: [use()], refusals: [refusal()] };
    const { status, text } = await post({ ...good, ...body });
    expect([status, JSON.parse(text).errors[0].field]).toEqual([400, field]);
    nothingIsKept();
  });

  test('is bounded in entries and in bytes', async () => {
    const many = (length: number, entry: object) => Array.from({ length }, () => entry);
    expect((await post({ uses: many(500, use()) })).status).toBe(204);
    expect((await post({ batch: 2, uses: many(501, use()) })).status).toBe(400);
    expect((await post({ batch: 2, uses: many(300, use()), refusals: many(201, refusal()) })).status).toBe(
      400,
    );
    expect((await post({ batch: 2, uses: many(300, use({ more: 'x'.repeat(1000) })) })).status).toBe(413);
    expect(uses).toHaveLength(500);
  });

  test('is one of so many in a time; the rest is refused and may be sent again', async () => {
    const fill = Array.from({ length: 500 }, () => use());
    let batch = 1;
    while ((await post({ batch, uses: fill })).status === 204) batch++;
    expect(batch).toBe(41);
    const { status, text } = await post({ batch, uses: [use()] });
    expect([status, JSON.parse(text).code]).toEqual([429, 'too_many_reports']);
    expect(uses).toHaveLength(20_000);
  });
});

describe('the library’s reports', () => {
  const TOKEN: TokenIdentity = {
    tokenId: 'tok_1',
    tokenName: 'ci',
    secretId: 'aa',
    holderId: 'u1',
    holderName: 'Ayu',
    holderEmail: 'ayu@example.com',
    organizationId: 'default',
    scopes: [],
    createdAtMs: 1,
    expiresAtMs: null,
  };

  test('arrive, whatever the service passed as address and agent', async () => {
    const errors: unknown[] = [];
    const source = createHttpSource({
      url,
      credential: `client_1:${SECRET}`,
      holdMs: 100,
      timeoutMs: 10_000,
      onReportsRefused: (error) => errors.push(error),
    });
    const addresses = [
      '192.0.2.1',
      '2001:db8::1',
      '::ffff:192.0.2.1',
      '192.0.2.1:80',
      '',
      'a\0',
      '1.2.3.999',
      '1.2.3',
    ];
    for (const [at, address] of addresses.entries()) {
      const demand = { address, agent: `${'ü'.repeat(1000)}\0`, scope: 'x'.repeat(9000) };
      source.used({ ...TOKEN, tokenId: `tok_${at}` }, demand, NOW_MS - 5.5);
    }
    source.refused(TOKEN, 'revoked', { agent: 'a\0b' }, NOW_MS - 7);
    source.refused(TOKEN, 'revoked', { scope: 'reports:viewer' }, NOW_MS - 6);
    await source.close();
    expect(errors).toEqual([]);
    expect(uses.map(({ address }) => address)).toEqual([
      ...addresses.slice(0, 2),
      '192.0.2.1',
      null,
      null,
      null,
      null,
      null,
    ]);
    expect(refusals).toMatchObject([[ownerOf('tok_1'), { count: 2, reported: { scope: 'reports:viewer' } }]]);
  });

  test('stay below what is taken, with the longest texts', async () => {
    const errors: unknown[] = [];
    const source = createHttpSource({
      url,
      credential: `client_1:${SECRET}`,
      holdMs: 100,
      timeoutMs: 10_000,
      onReportsRefused: (error) => errors.push(error),
    });
    const demand = { address: '2001:db8:1111:2222:3333:4444:5555:6666', agent: '\u0001'.repeat(1000) };
    for (let at = 0; at < 400; at++) {
      const token = { ...TOKEN, tokenId: `tok_${at}`.padEnd(64, 'x') };
      source.used(token, demand, NOW_MS);
      source.refused(token, 'secret_replaced', demand, NOW_MS);
    }
    await source.close();
    expect(errors).toEqual([]);
    expect([uses.length, refusals.length]).toEqual([400, 400]);
  });
});
