/** The token service over both real stores: creating with and without a retry, what a token may make, deleting. */
import { randomUUID } from 'node:crypto';
import { createTokenVerifier, parseSecret, platformClock, platformTimer } from '@lencana/verifier/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPLY_KEPT_MS } from '../../core/replies/kept-replies.ts';
import { type Caller, createTokenService, type TokenService } from '../../core/tokens/token-service.ts';
import { parseKeys } from '../../keys/keys.ts';
import { createReplySealer } from '../../keys/reply-sealer.ts';
import {
  ACTOR,
  DIALECTS,
  openSource,
  openStoreUnderTest,
  type StoreUnderTest,
} from '../engines/store-under-test.ts';
import { createTokenStore } from './token-store.ts';

const KEYS = parseKeys(
  JSON.stringify({
    root: Buffer.alloc(32, 1).toString('base64url'),
    digest: { 1: Buffer.alloc(32, 2).toString('base64url') },
  }),
  'the test',
);
const ANA: Caller = { holderId: 'ana', organizationId: 'default', viaToken: null, actor: ACTOR };
const BUDI: Caller = { ...ANA, holderId: 'budi' };

describe.each(DIALECTS)('a token on %s', (dialect) => {
  let under: StoreUnderTest;
  let parts: Parameters<typeof createTokenService>[0];
  let service: TokenService;
  let offsetMs = 0;
  let serial = 0;
  beforeAll(async () => {
    under = await openStoreUnderTest(dialect);
    parts = {
      store: createTokenStore(under.store),
      digester: KEYS,
      sealer: createReplySealer(KEYS.derive('replies')),
      clock: () => Date.now() + offsetMs,
      finality: { settled: async () => 12_345 },
      newTokenId: () => `tok_${++serial}`,
      tokensPerHolderMax: 1000,
      prefix: 'cldkctl_',
    };
    service = createTokenService(parts);
  });
  afterAll(() => under.close());

  const verify = async (secret: string) => {
    const verifier = createTokenVerifier({
      source: openSource(under.store, { digester: KEYS }),
      clock: platformClock,
      timer: platformTimer,
      freshnessMs: 1000,
    });
    const verdict = await verifier.verify(secret);
    await verifier.close();
    return verdict.outcome === 'refused' ? verdict.reason : verdict.outcome;
  };
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'accepted',
      (error) => error.code,
    );

  it('has a secret of the written form that verifies, until it is deleted', async () => {
    const { token, secret } = await service.create(ANA, { name: ' deploy ' }, null);
    expect(token).toMatchObject({ name: 'deploy', expiresAtMs: null, scopes: null });
    expect(parseSecret(secret.reveal())).not.toBeNull();
    expect(token.masked.slice(-4)).toBe(secret.reveal().slice(-4));
    expect(await verify(secret.reveal())).toBe('active');
    await service.revoke(ANA, token.id);
    expect(await verify(secret.reveal())).toBe('revoked');
    expect(await verify('cldkctl_0000000000000000000000000030gj4T')).toBe('unknown');
  });

  it('is given again, with its secret, to the same call with the same key', async () => {
    const key = randomUUID();
    const request = { name: 'retried', expiresOn: '2099-12-31', timeZone: 'Asia/Jakarta' };
    const first = await service.create(ANA, request, key);
    const again = await service.create(ANA, request, key);
    expect(again.token.id).toBe(first.token.id);
    expect(again.secret.reveal()).toBe(first.secret.reveal());
  });

  it('is one for many calls at once with the same key', async () => {
    const key = randomUUID();
    const all = await Promise.all(
      Array.from({ length: 6 }, () => service.create(ANA, { name: 'at once' }, key)),
    );
    expect(new Set(all.map(({ secret }) => secret.reveal())).size).toBe(1);
  });

  it('is not given for its key to another request, another holder, after ten minutes or after its deletion', async () => {
    const key = randomUUID();
    const first = await service.create(ANA, { name: 'kept' }, key);
    expect(await refusal(service.create(ANA, { name: 'other' }, key))).toBe('idempotency_conflict');
    const other = await service.create(BUDI, { name: 'kept' }, key);
    expect(other.token.id).not.toBe(first.token.id);
    offsetMs = REPLY_KEPT_MS;
    expect(await refusal(service.create(ANA, { name: 'kept' }, key))).toBe('name_taken');
    offsetMs = 0;
    const second = randomUUID();
    const gone = await service.create(ANA, { name: 'gone' }, second);
    await service.revoke(ANA, gone.token.id);
    expect(await refusal(service.create(ANA, { name: 'gone' }, second))).toBe('idempotency_conflict');
  });

  it('is refused beyond the quota in words that say what to do; a retry of the last one is answered', async () => {
    const few = (tokensPerHolderMax: number) =>
      createTokenService({
        ...parts,
        store: createTokenStore(under.store, { tokensPerHolderMax }),
        tokensPerHolderMax,
      });
    const key = randomUUID();
    const first = await few(1000).create(BUDI, { name: 'the last' }, key);
    await expect(few(1).create(BUDI, { name: 'one more' }, null)).rejects.toMatchObject({
      code: 'too_many_tokens',
      message: expect.stringMatching(/^You have 1 token.*Delete one/),
    });
    const again = await few(1).create(BUDI, { name: 'the last' }, key);
    expect(again.secret.reveal()).toBe(first.secret.reveal());
  });

  it('never outlives the token that makes it', async () => {
    const untilMs = Date.parse('2090-01-01T00:00:00Z');
    const viaToken = { id: 'tok_x', scopes: null, expiresAtMs: untilMs };
    const bearer: Caller = { ...ANA, viaToken };
    expect(await refusal(service.create(bearer, { name: 'never ends' }, null))).toBe('outlives_token');
    const later = { name: 'later', expiresAt: '2090-01-01T00:00:00.001Z' };
    expect(await refusal(service.create(bearer, later, null))).toBe('outlives_token');
    const same = { name: 'as long', expiresAt: '2090-01-01T00:00:00Z' };
    expect((await service.create(bearer, same, null)).token.expiresAtMs).toBe(untilMs);
    const key = randomUUID();
    await service.create(ANA, { name: 'by session' }, key);
    expect(await refusal(service.create(bearer, { name: 'by session' }, key))).toBe('outlives_token');
  });

  it('of another is not there', async () => {
    const { token } = await service.create(ANA, { name: 'hers' }, null);
    expect(await refusal(service.get(BUDI, token.id))).toBe('not_found');
    expect(await refusal(service.revoke(BUDI, token.id))).toBe('not_found');
    expect(await refusal(service.get(BUDI, 'tok_none'))).toBe('not_found');
  });
});
