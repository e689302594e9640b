/** An authority that was taken away makes nothing more: every way of taking, raced against every way of making. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Actor, operatorBy, SYSTEM } from '../../core/access/actor.ts';
import type { TokenStore } from '../../core/ports.ts';
import { nameKeyOf, type Token } from '../../core/tokens/token.ts';
import { createAccountStore } from '../accounts/account-store.ts';
import { changeAccounts } from '../accounts/change-accounts.ts';
import { endSessions } from '../accounts/session-records.ts';
import { findCredentialEpoch, replacePassword, updateProfile } from '../accounts/user-records.ts';
import { openStore, type Store } from '../engines/open-store.ts';
import {
  ACTOR,
  DIALECTS,
  digestOf,
  openStoreUnderTest,
  type StoreUnderTest,
  tokenOf,
} from '../engines/store-under-test.ts';
import { createTokenStore } from '../tokens/token-store.ts';
import { secretIdOf } from './authority-entries.ts';
import { withAuthority } from './with-authority.ts';

const OPERATOR = operatorBy('test');
let seed = 1_000_000;

describe.each(DIALECTS)('a write on %s', (dialect) => {
  let under: StoreUnderTest;
  let other: Store;
  let tokens: TokenStore;
  beforeAll(async () => {
    under = await openStoreUnderTest(dialect);
    // Another node on the same database.
    other = openStore(under.location, () => {});
    await other.migrate();
    tokens = createTokenStore(under.store);
  });
  afterAll(async () => {
    await other.close();
    await under.close();
  });

  /** A token, and the actor that comes with it. */
  async function tokenThatActs(change: Partial<Token> = {}) {
    const token = tokenOf(change);
    const secret = digestOf(seed++);
    expect(await tokens.create(token, nameKeyOf(token.name), secret, null, ACTOR)).toBe('created');
    const actor: Actor = {
      ...SYSTEM,
      kind: 'token',
      way: 'api',
      id: token.id,
      onBehalfOf: 'ana',
      role: 'member',
      tokenId: token.id,
      secretId: secretIdOf(secret.digest),
    };
    return { token, actor, secret };
  }

  const make = (actor: Actor, store = tokens) => {
    const token = tokenOf({ madeByTokenId: actor.tokenId, madeBySecretId: actor.secretId });
    return store.create(token, nameKeyOf(token.name), digestOf(seed++), null, actor);
  };
  const outcome = (work: Promise<unknown>) =>
    work.then(
      (value) => value,
      (error) => error.code,
    );
  const livingOf = async (tokenId: string) =>
    (
      await under.store.kysely
        .selectFrom('tokens')
        .select('id')
        .where('made_by_token_id', '=', tokenId)
        .where('revoked_at_ms', 'is', null)
        .execute()
    ).length;
  const raw = (work: Parameters<typeof changeAccounts<void>>[3]) =>
    changeAccounts(under.store, OPERATOR, {}, work);

  it('on a token is made while it stands, and says which token and secret made it', async () => {
    const { token, actor } = await tokenThatActs();
    const made = tokenOf({ madeByTokenId: actor.tokenId, madeBySecretId: actor.secretId });
    await tokens.create(made, nameKeyOf(made.name), digestOf(seed++), null, actor);
    expect(await tokens.find('ana', made.id)).toMatchObject({
      madeByTokenId: token.id,
      madeBySecretId: actor.secretId,
    });
  });

  it('on a deleted token is refused, of every kind', async () => {
    const { token, actor } = await tokenThatActs();
    const mine = await tokenThatActs();
    await tokens.revoke({ ids: [token.id] }, 5000, OPERATOR);
    const kinds = [
      make(actor),
      tokens.revoke({ ids: [mine.token.id], holderId: 'ana' }, 6000, actor),
      changeAccounts(under.store, actor, {}, (transaction) =>
        updateProfile(transaction, 'ana', { name: 'Taken' }, 1),
      ),
    ];
    expect(await Promise.all(kinds.map(outcome))).toEqual(kinds.map(() => 'invalid_token'));
    expect((await tokens.find('ana', mine.token.id))?.revokedAtMs).toBeNull();
  });

  it('on a secret that has ended, on an expired token and on no secret of its own is refused', async () => {
    const { actor, secret } = await tokenThatActs();
    expect(await outcome(make({ ...actor, secretId: secretIdOf(digestOf(1).digest) }))).toBe('invalid_token');
    await raw(async (transaction) => {
      await transaction
        .updateTable('token_secrets')
        .set({ ends_at_ms: 5 })
        .where('digest', '=', secret.digest)
        .execute();
    });
    expect(await outcome(make(actor))).toBe('invalid_token');
    const expired = await tokenThatActs({ expiresAtMs: 5 });
    expect(await outcome(make(expired.actor))).toBe('invalid_token');
    await expect(make({ ...actor, secretId: null })).rejects.toThrow('names itself and its secret');
  });

  it('on a token that somebody took away by hand is refused', async () => {
    const { token, actor } = await tokenThatActs();
    await raw(async (transaction) => {
      await transaction.deleteFrom('token_secrets').where('token_id', '=', token.id).execute();
    });
    expect(await outcome(make(actor))).toBe('invalid_token');
  });

  it('on a session that has ended is refused', async () => {
    expect(await outcome(make(ACTOR))).toBe('created');
    expect(await outcome(make({ ...ACTOR, sessionId: 'session-of-nobody' }))).toBe('unauthenticated');
    await expect(make({ ...ACTOR, sessionId: null })).rejects.toThrow('names the session');
    const session = await otherSession();
    await raw((transaction) => endSessions(transaction, 'ana', { only: session.sessionId ?? '' }));
    expect(await outcome(make(session))).toBe('unauthenticated');
  });

  it('on a session won with a password that was replaced since is refused, and on a proof of it too', async () => {
    const session = await otherSession('budi');
    const proof = { userId: 'budi', credentialEpoch: 0 };
    const visitor: Actor = { ...SYSTEM, kind: 'visitor', way: 'portal' };
    const rename = (actor: Actor) =>
      changeAccounts(under.store, actor, actor.kind === 'visitor' ? { proof } : {}, (transaction) =>
        updateProfile(transaction, 'budi', { name: 'Budi' }, 1),
      );
    await rename(session);
    await rename(visitor);
    await raw((transaction) => replacePassword(transaction, 'budi', 'other', 1));
    await raw((transaction) => replacePassword(transaction, 'budi', 'another', 1));
    expect(await outcome(rename(session))).toBe('unauthenticated');
    expect(await outcome(rename(visitor))).toBe('unauthorized');
  });

  it('on a passkey that was removed is refused', async () => {
    const visitor: Actor = { ...SYSTEM, kind: 'visitor', way: 'portal' };
    const proof = { userId: 'ana', passkeyId: 'no-such-passkey' };
    expect(await outcome(changeAccounts(under.store, visitor, { proof }, async () => 'made'))).toBe(
      'unauthorized',
    );
  });

  it('for a deactivated account is refused, whoever asks for it; for one that is open again it is not', async () => {
    const accounts = createAccountStore(under.store);
    const { actor } = await tokenThatActs();
    const visitor: Actor = { ...SYSTEM, kind: 'visitor', way: 'portal' };
    await accounts.edit('ana@example.com', { active: false }, 5, OPERATOR);
    expect(await outcome(make(actor))).toBe('invalid_token');
    expect(await outcome(make(OPERATOR))).toBe('holder_deactivated');
    expect(
      await outcome(changeAccounts(under.store, visitor, { accounts: ['ana'] }, async () => 'made')),
    ).toBe('account_deactivated');
    await accounts.edit('ana@example.com', { active: true }, 6, OPERATOR);
    expect(await outcome(make(actor))).toBe('created');
    await raw(async (transaction) => {
      await transaction
        .insertInto('sessions')
        .values({
          id: 'session-ana',
          user_id: 'ana',
          token: 'anew',
          expires_at: new Date(Date.now() + 3_600_000),
          ip_address: null,
          user_agent: null,
          credential_epoch: await findCredentialEpoch(transaction, 'ana'),
          created_at: new Date(),
          updated_at: new Date(),
        })
        .execute();
    });
  });

  it('on a role that was lowered is refused, and on one that was raised it is not', async () => {
    const accounts = createAccountStore(under.store);
    const { actor } = await tokenThatActs();
    await accounts.edit('ana@example.com', { role: 'viewer' }, 5, OPERATOR);
    expect(await outcome(make(actor))).toBe('forbidden');
    expect(await outcome(make({ ...actor, role: 'viewer' }))).toBe('created');
    await accounts.edit('ana@example.com', { role: 'member' }, 5, OPERATOR);
    expect(await outcome(make({ ...actor, role: 'viewer' }))).toBe('created');
  });

  it('leaves no two administrators who make each other the last', async () => {
    const accounts = createAccountStore(under.store);
    for (const id of ['ana', 'budi'])
      await accounts.edit(`${id}@example.com`, { role: 'administrator' }, 1, OPERATOR);
    const elsewhere = createAccountStore(other);
    const both = await Promise.all([
      accounts.edit('ana@example.com', { role: 'member' }, 2, OPERATOR),
      elsewhere.edit('budi@example.com', { role: 'member' }, 2, OPERATOR),
    ]);
    expect(both.filter((one) => one === 'last_administrator')).toHaveLength(1);
    for (const id of ['ana', 'budi']) {
      await accounts.edit(`${id}@example.com`, { role: 'administrator' }, 3, OPERATOR);
    }
    await accounts.edit('ana@example.com', { role: 'member' }, 4, OPERATOR);
  });

  it('gives no kept reply on a token that is gone', async () => {
    const { token, actor } = await tokenThatActs();
    const made = tokenOf();
    const reply = {
      keyDigest: digestOf(seed++).digest,
      requestDigest: new Uint8Array([1]),
      subject: { kind: 'token', id: made.id },
      sealedReply: new Uint8Array([1, 2, 3]),
      expiresAtMs: 9000,
    };
    await tokens.create(made, nameKeyOf(made.name), digestOf(seed++), reply, actor);
    expect((await tokens.findReply(reply.keyDigest, 1, actor))?.sealedReply).toHaveLength(3);
    await tokens.revoke({ ids: [token.id] }, 5000, OPERATOR);
    expect(await outcome(tokens.findReply(reply.keyDigest, 1, actor))).toBe('invalid_token');
    expect((await tokens.findReply(reply.keyDigest, 1, ACTOR))?.sealedReply).toHaveLength(3);
  });

  it('is before the taking or not made at all, from any node: nothing is made after a revocation has returned', async () => {
    const stores = [tokens, createTokenStore(other)];
    for (let round = 0; round < 4; round++) {
      const { token, actor } = await tokenThatActs();
      const queued = Array.from({ length: 24 }, (_, at) => outcome(make(actor, stores[at % 2])));
      const revoking = stores[round % 2]?.revoke({ ids: [token.id] }, 5000, OPERATOR);
      const late = Array.from({ length: 24 }, (_, at) => outcome(make(actor, stores[at % 2])));
      await revoking;
      const atReturn = await livingOf(token.id);
      const all = await Promise.all([...queued, ...late]);
      expect(await livingOf(token.id)).toBe(atReturn);
      expect(all.filter((one) => one === 'created')).toHaveLength(atReturn);
      expect(all.every((one) => one === 'created' || one === 'invalid_token')).toBe(true);
      expect(await outcome(make(actor, stores[(round + 1) % 2]))).toBe('invalid_token');
    }
  });

  it('leaves none alive where all tokens of a holder are taken away while these make more', async () => {
    const { actor } = await tokenThatActs();
    const elsewhere = createTokenStore(other);
    const queued = Array.from({ length: 40 }, (_, at) => outcome(make(actor, at % 2 ? tokens : elsewhere)));
    await tokens.revoke({ holderId: 'ana' }, 5000, OPERATOR);
    await Promise.all(queued);
    const living = await under.store.kysely
      .selectFrom('tokens')
      .select('id')
      .where('holder_id', '=', 'ana')
      .where('revoked_at_ms', 'is', null)
      .execute();
    expect(living).toEqual([]);
  });

  it('takes with a token those that it made, and those made, through ones that are gone already', async () => {
    const first = await tokenThatActs();
    const second = await tokenThatActs({ madeByTokenId: first.token.id });
    const third = await tokenThatActs({ madeByTokenId: second.token.id });
    const apart = await tokenThatActs();
    await tokens.revoke({ ids: [second.token.id] }, 1000, OPERATOR);
    expect(await tokens.countMade('ana', first.token.id)).toBe(1);
    expect(await tokens.countMade('budi', first.token.id)).toBe(0);
    const { revoked } = await tokens.revoke(
      { ids: [first.token.id], holderId: 'ana', withMade: true },
      2000,
      OPERATOR,
    );
    expect(revoked.map(({ id }) => id).sort()).toEqual([first.token.id, third.token.id].sort());
    expect((await tokens.find('ana', apart.token.id))?.revokedAtMs).toBeNull();
  });

  it('on many accounts at once locks them in one order: crosswise acts never wait for each other', async () => {
    const acts = Array.from({ length: 30 }, (_, at) =>
      withAuthority(
        at % 2 ? under.store : other,
        OPERATOR,
        { accounts: at % 3 ? ['ana', 'budi'] : ['budi', 'ana'] },
        async (_transaction, accounts) => accounts.size,
      ),
    );
    expect(new Set(await Promise.all(acts))).toEqual(new Set([2]));
  });

  async function otherSession(userId = 'ana'): Promise<Actor> {
    const sessionId = `session-${seed++}`;
    await raw(async (transaction) => {
      const now = new Date();
      await transaction
        .insertInto('sessions')
        .values({
          id: sessionId,
          user_id: userId,
          token: sessionId,
          expires_at: new Date(now.getTime() + 3_600_000),
          ip_address: null,
          user_agent: null,
          credential_epoch: await findCredentialEpoch(transaction, userId),
          created_at: now,
          updated_at: now,
        })
        .execute();
    });
    return { ...ACTOR, id: userId, onBehalfOf: userId, sessionId };
  }
});
