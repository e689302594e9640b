/**
 * What a holder does with tokens: create, list, look at, revoke. The rules live here; storage, digests, sealing and the clock are
 * passed in. It does not judge presented secrets (judge.ts) and knows nothing of HTTP.
 */
import { generateSecret, maskSecret, Secret } from '@lencana/verifier/node';
import { requireAdministration, requireTokenManagement } from '../access/access.ts';
import type { Actor } from '../access/actor.ts';
import type { Finality } from '../authority/finality.ts';
import type {
  Clock,
  RevokedTokens,
  SecretDigester,
  TokenPage,
  TokenQuery,
  TokenStore,
  WhichTokens,
} from '../ports.ts';
import { Refusal } from '../refusal.ts';
import { createKeptReplies, type KeyedCall, type ReplySealer } from '../replies/kept-replies.ts';
import { type ExpiryRequest, parseExpiry } from './expiry.ts';
import { nameKeyOf, parseTokenName, type Token } from './token.ts';

/** Who asks: the holder, and the token they came with (null: signed in to the portal). */
export type Caller = {
  readonly holderId: string;
  readonly organizationId: string;
  readonly viaToken: Pick<Token, 'id' | 'scopes' | 'expiresAtMs'> | null;
  readonly actor: Actor;
};

export type CreateRequest = ExpiryRequest & { readonly name: string };

/** `refusedEverywhereAtMs`: no request that started later was accepted by anything. */
export type Revoked = {
  readonly token: Token;
  /** Those that it had made, and those made, and so on, where they were to go with it. */
  readonly madeToo: readonly Token[];
  readonly refusedEverywhereAtMs: number;
};

/** null: nothing was there to take away, and nothing was waited for. */
export type ManyRevoked = RevokedTokens & { readonly refusedEverywhereAtMs: number | null };

/** The call whose replies are kept. */
const CREATE_ROUTE = 'POST /api/v1/tokens';

export type Created = { readonly token: Token; readonly secret: Secret };

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
  const replies = createKeptReplies({ find: store.findReply, sealer: parts.sealer, clock });

  /**
   * Makes a token. The secret is in the answer and nowhere else; with an idempotency key the same call gets the same answer for
   * ten minutes, unless the token was revoked since.
   * @throws Refusal `forbidden`, `invalid_token`, `unauthenticated`, `invalid_name`, `name_taken`, `too_many_tokens`, `invalid_expiry`, `invalid_time_zone`, `expiry_in_past`, `outlives_token`,
   * `idempotency_conflict`
   */
  async function create(
    caller: Caller,
    request: CreateRequest,
    idempotencyKey: string | null,
  ): Promise<Created> {
    requireTokenManagement(caller);
    const call = idempotencyKey === null ? null : keyed(caller, request, idempotencyKey);
    const earlier = call && (await replay(caller, call));
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
    const reply = call && replies.sealed(call, { kind: 'token', id: token.id }, secret.reveal());
    const outcome = await store.create(
      token,
      nameKeyOf(name),
      parts.digester.current(secret),
      reply,
      caller.actor,
    );
    if (outcome === 'created') return { token, secret };
    // The same request is under way twice: the one that came first has answered, and this is its retry.
    const first = call && (await replay(caller, call));
    if (first) return first;
    if (outcome === 'holder_deactivated') {
      throw new Refusal('forbidden', 'The account is deactivated, so nothing was made.');
    }
    if (outcome === 'too_many') throw tooMany(parts.tokensPerHolderMax);
    throw Refusal.ofField(
      'name_taken',
      'name',
      `You already have a token named "${name}". Choose another name.`,
    );
  }

  async function replay(caller: Caller, call: KeyedCall): Promise<Created | null> {
    const reply = await replies.replay(call, caller.actor);
    if (!reply) return null;
    const token = await store.find(caller.holderId, reply.subject.id);
    if (!token || token.revokedAtMs !== null || reply.text === null) {
      throw new Refusal(
        'idempotency_conflict',
        'The token that this Idempotency-Key made has been deleted. Make a new key for a new token.',
      );
    }
    refuseToOutlive(caller, token.expiresAtMs);
    return { token, secret: new Secret(reply.text) };
  }

  /** A page of the caller's tokens. */
  function list(caller: Caller, query: Omit<TokenQuery, 'holderId'>): Promise<TokenPage> {
    return store.list({ ...query, holderId: caller.holderId }, clock());
  }

  /** @throws Refusal `not_found`, the same for another's token as for none */
  async function get(caller: Caller, tokenId: string): Promise<Token> {
    return (isTokenId(tokenId) ? await store.find(caller.holderId, tokenId) : null) ?? notThere();
  }

  /** How many tokens that were not deleted the token made, and those made, and so on. @throws Refusal `not_found` */
  async function countMade(caller: Caller, tokenId: string): Promise<number> {
    const token = await get(caller, tokenId);
    return store.countMade(caller.holderId, token.id);
  }

  /**
   * Takes the token away for good, and those that it made if they are to go with it. Resolves when nothing accepts any of them any more.
   * A second call finds it revoked and waits as long: whether the first one lived to see the end, nobody knows.
   * @throws Refusal `forbidden`, `not_found`, `not_yet_final`
   */
  async function revoke(caller: Caller, tokenId: string, withMade = false): Promise<Revoked> {
    requireTokenManagement(caller);
    if (!isTokenId(tokenId)) return notThere();
    const which = { ids: [tokenId], holderId: caller.holderId, withMade };
    const { revoked, earlier } = await store.revoke(which, clock(), caller.actor);
    const all = [...revoked, ...earlier];
    const token = all.find(({ id }) => id === tokenId) ?? notThere();
    const refusedEverywhereAtMs = await parts.finality.settled('The token is deleted');
    return { token, madeToo: all.filter(({ id }) => id !== tokenId), refusedEverywhereAtMs };
  }

  /**
   * Takes many tokens away for good, whoever holds them, in one transaction and with one wait. Ids that nobody has keep none of the others
   * alive. Of a holder it waits also where nothing was left: a call a moment ago may have died before its end.
   * @throws Refusal `forbidden`, `not_yet_final`
   */
  async function revokeMany(actor: Actor, which: WhichTokens): Promise<ManyRevoked> {
    requireAdministration(actor);
    const done = await store.revoke(which, clock(), actor);
    const gone = done.revoked.length + done.earlier.length;
    const nothing = 'ids' in which && gone === 0;
    const refusedEverywhereAtMs = nothing
      ? null
      : await parts.finality.settled(`The tokens are revoked (${gone})`);
    return { ...done, refusedEverywhereAtMs };
  }

  return { create, list, get, countMade, revoke, revokeMany };
}

const keyed = (caller: Caller, body: CreateRequest, key: string): KeyedCall => ({
  route: CREATE_ROUTE,
  holderId: caller.holderId,
  key,
  body,
});

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
