/**
 * What a holder does with tokens: create, list, look at, revoke. The rules live here; storage, digests, sealing and the clock are
 * passed in. It does not judge presented secrets (judge.ts) and knows nothing of HTTP.
 */
import { generateSecret, maskSecret, Secret } from '@lencana/verifier/node';
import type { Actor } from '../access/actor.ts';
import type { Finality } from '../authority/finality.ts';
import type { Clock, SealedReply, SecretDigester, TokenPage, TokenQuery, TokenStore } from '../ports.ts';
import { Refusal } from '../refusal.ts';
import { type ExpiryRequest, parseExpiry } from './expiry.ts';
import { nameKeyOf, parseTokenName, type Token } from './token.ts';

/** How long a retry with the same idempotency key gets the same reply, in milliseconds. */
export const REPLY_KEPT_MS = 10 * 60 * 1000;

/** Who asks: the holder, and the token they came with (null: signed in to the portal). */
export type Caller = {
  readonly holderId: string;
  readonly organizationId: string;
  readonly viaToken: Pick<Token, 'id' | 'scopes' | 'expiresAtMs'> | null;
  readonly actor: Actor;
};

export type CreateRequest = ExpiryRequest & { readonly name: string };

/** `refusedEverywhereAtMs`: no request that started later was accepted by anything. */
export type Revoked = { readonly token: Token; readonly refusedEverywhereAtMs: number };

export type Created = { readonly token: Token; readonly secret: Secret };

/** Seals a reply under the client's key and the server's; `open` gives null for what was not sealed under both. */
export type ReplySealer = {
  keyDigest(holderId: string, key: string): Uint8Array;
  requestDigest(request: CreateRequest): Uint8Array;
  seal(holderId: string, key: string, text: string): Uint8Array;
  open(holderId: string, key: string, sealed: Uint8Array): string | null;
};

export type TokenServiceParts = {
  readonly store: TokenStore;
  readonly digester: SecretDigester;
  readonly sealer: ReplySealer;
  readonly clock: Clock;
  readonly finality: Finality;
  /** A new unguessable id. */
  readonly newTokenId: () => string;
  readonly prefix: string;
  /** How many tokens that are not deleted a holder may have, as the store counts. */
  readonly tokensPerHolderMax: number;
};

export type TokenService = ReturnType<typeof createTokenService>;

export function createTokenService(parts: TokenServiceParts) {
  const { store, clock } = parts;

  /**
   * Makes a token. The secret is in the answer and nowhere else; with an idempotency key the same call gets the same answer for
   * ten minutes, unless the token was revoked since.
   * @throws Refusal `invalid_name`, `name_taken`, `too_many_tokens`, `invalid_expiry`, `invalid_time_zone`, `expiry_in_past`, `outlives_token`,
   * `idempotency_conflict`
   */
  async function create(
    caller: Caller,
    request: CreateRequest,
    idempotencyKey: string | null,
  ): Promise<Created> {
    const earlier = idempotencyKey === null ? null : await replay(caller, request, idempotencyKey);
    if (earlier) return earlier;
    const nowMs = clock();
    const name = parseTokenName(request.name);
    const expiresAtMs = parseExpiry(request, nowMs);
    refuseToOutlive(caller, expiresAtMs);
    const secret = generateSecret(parts.prefix);
    const token: Token = {
      id: parts.newTokenId(),
      organizationId: caller.organizationId,
      holderId: caller.holderId,
      name,
      masked: maskSecret(secret, parts.prefix),
      scopes: caller.viaToken?.scopes ?? null,
      createdAtMs: nowMs,
      expiresAtMs,
      revokedAtMs: null,
      madeByTokenId: caller.actor.tokenId,
      madeBySecretId: caller.actor.secretId,
      lastUsedAtMs: null,
      lastUsedAddress: null,
      lastUsedClient: null,
      lastUsedReportedBy: null,
    };
    const reply = idempotencyKey === null ? null : sealed(caller, request, idempotencyKey, token, secret);
    const outcome = await store.create(
      token,
      nameKeyOf(name),
      parts.digester.current(secret),
      reply,
      caller.actor,
    );
    if (outcome === 'created') return { token, secret };
    // The same request is under way twice: the one that came first has answered, and this is its retry.
    const first = idempotencyKey === null ? null : await replay(caller, request, idempotencyKey);
    if (first) return first;
    if (outcome === 'too_many') throw tooMany(parts.tokensPerHolderMax);
    throw Refusal.ofField(
      'name_taken',
      'name',
      `You already have a token named "${name}". Choose another name.`,
    );
  }

  function sealed(
    caller: Caller,
    request: CreateRequest,
    key: string,
    token: Token,
    secret: Secret,
  ): SealedReply {
    return {
      keyDigest: parts.sealer.keyDigest(caller.holderId, key),
      requestDigest: parts.sealer.requestDigest(request),
      tokenId: token.id,
      sealedReply: parts.sealer.seal(caller.holderId, key, secret.reveal()),
      expiresAtMs: token.createdAtMs + REPLY_KEPT_MS,
    };
  }

  async function replay(caller: Caller, request: CreateRequest, key: string): Promise<Created | null> {
    const reply = await store.findReply(parts.sealer.keyDigest(caller.holderId, key), clock());
    if (!reply) return null;
    if (!sameBytes(reply.requestDigest, parts.sealer.requestDigest(request))) {
      throw new Refusal(
        'idempotency_conflict',
        'This Idempotency-Key was used for another request. Make a new key for each new token.',
      );
    }
    const token = await store.find(caller.holderId, reply.tokenId);
    const text = parts.sealer.open(caller.holderId, key, reply.sealedReply);
    if (!token || token.revokedAtMs !== null || text === null) {
      throw new Refusal(
        'idempotency_conflict',
        'The token that this Idempotency-Key made has been deleted. Make a new key for a new token.',
      );
    }
    refuseToOutlive(caller, token.expiresAtMs);
    return { token, secret: new Secret(text) };
  }

  /** A page of the caller's tokens. */
  function list(caller: Caller, query: Omit<TokenQuery, 'holderId'>): Promise<TokenPage> {
    return store.list({ ...query, holderId: caller.holderId }, clock());
  }

  /** @throws Refusal `not_found`, the same for another's token as for none */
  async function get(caller: Caller, tokenId: string): Promise<Token> {
    return (isTokenId(tokenId) ? await store.find(caller.holderId, tokenId) : null) ?? notThere();
  }

  /**
   * Takes the token away for good, and resolves when nothing accepts it any more. A second call finds it revoked and waits as
   * long: whether the first one lived to see the end, nobody knows.
   * @throws Refusal `not_found`, `not_yet_final`
   */
  async function revoke(caller: Caller, tokenId: string): Promise<Revoked> {
    if (!isTokenId(tokenId)) return notThere();
    const token = await store.revoke(caller.holderId, tokenId, clock(), caller.actor);
    if (!token) return notThere();
    return { token, refusedEverywhereAtMs: await parts.finality.settled('The token is deleted') };
  }

  return { create, list, get, revoke };
}

function tooMany(tokensMax: number): Refusal {
  const most = new Intl.NumberFormat('en').format(tokensMax);
  return new Refusal(
    'too_many_tokens',
    `You have ${most} ${tokensMax === 1 ? 'token' : 'tokens'}, which is the most that one account may have. Expired ones count. Delete one that you do not need, then create this one.`,
  );
}

/** Anything else is nobody's id, and may hold what a database cannot even compare with (NUL, in PostgreSQL). */
const isTokenId = (text: string) => /^\w{1,64}$/.test(text);

function notThere(): never {
  throw new Refusal('not_found', 'There is no such token.');
}

/** What a token makes never outlives it: an unattended chain of tokens would else undo the end that its holder chose. */
function refuseToOutlive(caller: Caller, expiresAtMs: number | null): void {
  const limitMs = caller.viaToken?.expiresAtMs ?? null;
  if (limitMs === null || (expiresAtMs !== null && expiresAtMs <= limitMs)) return;
  const limit = new Date(limitMs).toISOString();
  throw Refusal.ofField(
    'outlives_token',
    'expires_at',
    `The token that makes this one ends at ${limit}. Give an expiry that is not later.`,
  );
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
