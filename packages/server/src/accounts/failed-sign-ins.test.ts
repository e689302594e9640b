/** Refused sign-ins in the audit trail: who is told of, how often rows are written, and what is never kept. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SYSTEM } from '../core/access/actor.ts';
import { createAuthenticator } from './authenticator-under-test.ts';
import { createFailedSignIns } from './failed-sign-ins.ts';
import {
  DIALECTS,
  OPERATOR_ACTOR,
  OTHER_PASSWORD,
  openPortal,
  PASSWORD,
  type Portal,
} from './portal-under-test.ts';

const EMAIL = 'ayu@example.com';

describe.each(DIALECTS)('refused sign-ins on %s', (dialect) => {
  let portal: Portal;
  let nowMs: number;
  afterEach(() => portal.close());

  const open = async () => {
    nowMs = Date.now();
    portal = await openPortal(dialect, { nowMs: () => nowMs, mail: 'works', signUp: { mode: 'open' } });
    const owner = { name: 'Ayu', email: EMAIL, phoneNumber: null, role: 'administrator' } as const;
    return portal.accounts.users.create({ ...owner, password: PASSWORD }, OPERATOR_ACTOR);
  };
  const signIn = (email: string, password: string, address = '203.0.113.7') =>
    portal.browser({ address }).post('/sign-in/email', { email, password });
  const rows = async () => {
    await portal.accounts.settled();
    const audit = await portal.audit();
    return audit
      .filter(({ action }) => action === 'session.refuse')
      .map(({ subject, address, details }) => ({ subject, address, ...JSON.parse(details) }));
  };

  it('name the account, the reason and the address', async () => {
    const { id } = await open();
    await signIn(EMAIL, OTHER_PASSWORD);
    expect(await rows()).toMatchObject([
      {
        subject: `user:${id}`,
        address: '203.0.113.7',
        reason: 'password',
        count: 1,
        addresses: ['203.0.113.7'],
      },
    ]);
    const budi = { name: 'Budi', email: 'budi@example.com', phoneNumber: null, role: 'member' } as const;
    await portal.accounts.users.create({ ...budi, password: PASSWORD }, OPERATOR_ACTOR);
    await portal.accounts.users.edit('budi@example.com', { active: false }, OPERATOR_ACTOR);
    await signIn('budi@example.com', PASSWORD);
    const stranger = {
      name: 'Cy',
      email: 'cy@example.com',
      password: PASSWORD,
      phoneNumber: '+628123456789',
    };
    await portal.browser().post('/sign-up/email', stranger);
    await signIn('cy@example.com', PASSWORD);
    expect((await rows()).map(({ reason }) => reason).sort()).toEqual([
      'deactivated',
      'not-confirmed',
      'password',
    ]);
  });

  it('keep nothing that was typed for an address without an account', async () => {
    await open();
    for (let at = 0; at < 5; at += 1)
      await signIn(`my-password-is-${at}@example.com`, 'Typed-Into-Wrong-Field-1');
    const told = await rows();
    expect(told).toMatchObject([{ subject: 'user:unknown', reason: 'password', count: 5 }]);
    expect(JSON.stringify([told, await portal.audit()])).not.toMatch(/my-password|Typed-Into/);
  });

  it('are told of passkeys and of proofs within a session too', async () => {
    const { id } = await open();
    const browser = portal.browser();
    const { body } = await browser.get('/passkey/generate-authenticate-options');
    const response = createAuthenticator('localhost').get(
      body as { challenge: string },
      'http://localhost:8080',
    );
    await browser.post('/passkey/verify-authentication', { response });
    await browser.post('/sign-in/email', { email: EMAIL, password: PASSWORD });
    await browser.post('/reauthenticate', { password: OTHER_PASSWORD });
    await browser.post('/change-password', {
      currentPassword: OTHER_PASSWORD,
      newPassword: 'Quite-New-Words-77',
    });
    expect(await rows()).toMatchObject([
      { subject: 'user:unknown', reason: 'passkey', count: 1 },
      { subject: `user:${id}`, reason: 'password', count: 2 },
    ]);
  });

  it('fill no disk: a flood is one row in a quarter of an hour, with its count', async () => {
    await open();
    for (let at = 0; at < 8; at += 1) await signIn(EMAIL, OTHER_PASSWORD, `203.0.113.${at}`);
    for (let at = 0; at < 40; at += 1)
      await signIn(`nobody${at}@example.com`, OTHER_PASSWORD, `198.51.100.${at}`);
    const told = await rows();
    // Of each kind one at once and one when it is flushed, however many there were.
    expect(told.length).toBeLessThanOrEqual(4);
    expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(48);
    expect(told.every(({ addresses }) => addresses.length <= 10)).toBe(true);
  });

  const columns = async () => {
    await portal.accounts.settled();
    return portal.store.kysely
      .selectFrom('audit_events')
      .select(['action', 'actor_id', 'on_behalf_of', 'session_id', 'address', 'request_id', 'subject_id'])
      .where('action', 'in', ['session.refuse', 'session.start'])
      .orderBy('id')
      .execute();
  };

  it('name nobody who is signed in beside them, and nor does the sign-in that follows', async () => {
    const { id } = await open();
    const other = { name: 'Budi', email: 'budi@example.com', phoneNumber: null, role: 'member' } as const;
    const budi = await portal.accounts.users.create({ ...other, password: PASSWORD }, OPERATOR_ACTOR);
    const browser = portal.browser();
    await browser.post('/sign-in/email', { email: 'budi@example.com', password: PASSWORD });
    await browser.post('/sign-in/email', { email: EMAIL, password: OTHER_PASSWORD });
    await browser.post('/sign-in/email', { email: EMAIL, password: PASSWORD });
    const told = await columns();
    expect(told.find(({ action }) => action === 'session.refuse')).toMatchObject({
      actor_id: null,
      on_behalf_of: null,
      session_id: null,
      subject_id: id,
    });
    const starts = told.filter(({ action }) => action === 'session.start');
    expect(
      starts.map(({ actor_id, on_behalf_of, session_id }) => [actor_id, on_behalf_of, session_id]),
    ).toEqual([
      [budi.id, budi.id, null],
      [id, id, null],
    ]);
  });

  it('name in each row whoever tried since the row before', async () => {
    const { id } = await open();
    const browser = portal.browser({ address: '203.0.113.7' });
    await browser.post('/sign-in/email', { email: EMAIL, password: PASSWORD });
    await browser.post('/reauthenticate', { password: OTHER_PASSWORD });
    await portal.accounts.settled();
    await signIn(EMAIL, OTHER_PASSWORD, '198.51.100.1');
    const [own, stranger] = (await columns()).filter(({ action }) => action === 'session.refuse');
    expect(own).toMatchObject({ actor_id: id, on_behalf_of: id, address: '203.0.113.7' });
    expect(own?.session_id).not.toBeNull();
    expect(stranger).toMatchObject({
      actor_id: null,
      on_behalf_of: null,
      session_id: null,
      address: '198.51.100.1',
    });
  });

  it('name no address, session or request where there were several', async () => {
    await open();
    const failures = createFailedSignIns({
      store: portal.store,
      nowMs: () => nowMs,
      log: { error: () => undefined },
    });
    const tryFrom = (address: string, sessionId: string | null) =>
      failures.record({
        userId: 'ayu',
        reason: 'password',
        actor: {
          ...SYSTEM,
          kind: 'user',
          way: 'portal',
          id: sessionId && 'ayu',
          address,
          sessionId,
          requestId: address,
        },
      });
    tryFrom('203.0.113.7', 'one');
    tryFrom('198.51.100.1', null);
    tryFrom('203.0.113.7', 'one');
    await failures.flush(true);
    expect((await columns()).at(-1)).toMatchObject({
      actor_id: null,
      session_id: null,
      address: null,
      request_id: null,
    });
    expect((await rows()).at(-1)).toMatchObject({ count: 3, addresses: ['203.0.113.7', '198.51.100.1'] });
  });

  it('are kept when they cannot be written, together with what was counted meanwhile', async () => {
    await open();
    const failures = createFailedSignIns({
      store: portal.store,
      nowMs: () => nowMs,
      log: { error: () => undefined },
    });
    const firstAtMs = nowMs;
    const tryFrom = (at: number) =>
      failures.record({
        userId: 'ayu',
        reason: 'password',
        actor: { ...SYSTEM, kind: 'visitor', way: 'portal', address: `203.0.113.${at}` },
      });
    for (let at = 0; at < 8; at += 1) tryFrom(at);
    vi.spyOn(portal.store.kysely, 'transaction').mockImplementationOnce(
      () => ({ execute: async () => Promise.reject(new Error('no database')) }) as never,
    );
    const writing = failures.flush(true);
    // Drops the counter that the failing write came from; the attempts that follow make a new one.
    const dropping = failures.flush(true);
    nowMs += 1000;
    for (let at = 8; at < 16; at += 1) tryFrom(at);
    await Promise.all([writing, dropping]);
    await failures.flush(false);
    const told = (await rows()).filter(({ subject }) => subject === 'user:ayu');
    expect(told).toMatchObject([{ count: 16, first_at: new Date(firstAtMs).toISOString(), address: null }]);
    expect(told[0].addresses).toHaveLength(10);
  });

  it('write nothing for an attempt over the limit', async () => {
    await open();
    for (let at = 0; at < 14; at += 1) await signIn(EMAIL, OTHER_PASSWORD);
    expect((await rows()).reduce((sum, { count }) => sum + count, 0)).toBe(10);
  });
});
