/** Refused sign-ins in the audit trail: who is told of, how often rows are written, and what is never kept. */
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthenticator } from './authenticator-under-test.ts';
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

  it('write nothing for an attempt over the limit', async () => {
    await open();
    for (let at = 0; at < 14; at += 1) await signIn(EMAIL, OTHER_PASSWORD);
    expect((await rows()).reduce((sum, { count }) => sum + count, 0)).toBe(10);
  });
});
