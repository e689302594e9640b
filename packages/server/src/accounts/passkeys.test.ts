/**
 * Passkeys: added by who is signed in, used instead of a password, bound to the public URL and to a checked
 * person.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { accountQueries } from '../store/accounts/account-tables.ts';
import { type Authenticator, createAuthenticator } from './authenticator-under-test.ts';
import {
  type Browser,
  DIALECTS,
  form,
  linkValue,
  OPERATOR_ACTOR,
  OTHER_PASSWORD,
  openPortal,
  PASSWORD,
  type Portal,
  setUp,
} from './portal-under-test.ts';

const EMAIL = 'ayu@example.com';
const sessionCookie = (browser: Browser) =>
  [...browser.cookies.keys()].find((name) => name.endsWith('session_token')) ?? '';
const ORIGIN = 'http://localhost:8080';

async function add(browser: Browser, device: Authenticator, origin = ORIGIN, name = 'Laptop') {
  const { body } = await browser.get('/passkey/generate-register-options');
  const response = device.create(body as { challenge: string }, origin);
  return browser.post('/passkey/verify-registration', { response, name, createSession: true });
}

async function use(browser: Browser, device: Authenticator, origin = ORIGIN) {
  const { body } = await browser.get('/passkey/generate-authenticate-options');
  return browser.post('/passkey/verify-authentication', {
    response: device.get(body as { challenge: string }, origin),
  });
}

describe.each(DIALECTS)('passkeys on %s', (dialect) => {
  let portal: Portal;
  afterEach(() => portal.close());
  const sessionOf = (browser: Browser) => portal.accounts.sessionFrom(browser.headers());

  it('sign in without a password, and are in the audit trail', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    const device = createAuthenticator('localhost');
    expect((await browser.get('/passkey/generate-register-options')).body).toMatchObject({
      rp: { id: 'localhost', name: 'Service Portal AI' },
      authenticatorSelection: { userVerification: 'required' },
    });
    expect(await add(browser, device)).toMatchObject({ status: 200 });
    const fresh = portal.browser({ address: '203.0.113.5' });
    expect((await use(fresh, device)).status).toBe(200);
    expect((await sessionOf(fresh))?.user.email).toBe('admin@example.com');
    expect([...fresh.cookies.keys()].every((name) => /^lencana-[0-9a-f]{8}\./.test(name))).toBe(true);
    const rows = (await portal.audit()).slice(-2);
    expect(rows).toMatchObject([
      { action: 'passkey.add', address: '127.0.0.1' },
      { action: 'session.start', address: '203.0.113.5' },
    ]);
    expect(portal.logged()).toBe('');
  });

  it('are refused from another origin, for another site, and from a device that did not check the person', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    expect(
      (await add(browser, createAuthenticator('localhost'), 'https://evil.example')).status,
    ).toBeGreaterThanOrEqual(400);
    expect((await add(browser, createAuthenticator('evil.example'))).status).toBeGreaterThanOrEqual(400);
    const careless = createAuthenticator('localhost', { verifiesPerson: false });
    expect(await add(browser, careless)).toMatchObject({
      status: 403,
      body: { code: 'PASSKEY_WITHOUT_VERIFICATION' },
    });
    expect((await browser.get('/passkey/list-user-passkeys')).body).toEqual([]);
    const device = createAuthenticator('localhost');
    await add(browser, device);
    const thief = portal.browser();
    expect((await use(thief, device, 'https://evil.example')).status).toBeGreaterThanOrEqual(400);
    expect(await use(thief, createAuthenticator('localhost'))).toMatchObject({ status: 401 });
    expect(await sessionOf(thief)).toBeNull();
  });

  it('whose answer is not of the right shape is refused, whatever it holds, and works afterwards', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    const device = createAuthenticator('localhost');
    await add(browser, device);
    const other = createAuthenticator('localhost');
    const fresh = portal.browser();
    const asked = (await fresh.get('/passkey/generate-authenticate-options')).body as { challenge: string };
    const offered = (await browser.get('/passkey/generate-register-options')).body as { challenge: string };
    const answers = [
      [fresh, '/passkey/verify-authentication', device.get(asked, ORIGIN)],
      [browser, '/passkey/verify-registration', other.create(offered, ORIGIN)],
    ] as const;
    let deep: unknown = {};
    for (let at = 0; at < 1000; at++) deep = { deep };
    const hostile = [{ a: 1 }, { $1: 'x' }, ['x'], 1, true, '\0', 'a\0', '\ud800', 'x'.repeat(70_000), deep];
    for (const [client, path, answer] of answers) {
      const whole = answer as unknown as { id: string; response: Record<string, unknown> };
      for (const value of hostile) {
        const bodies = [
          { response: value },
          { response: { id: value } },
          { response: { ...whole, id: value } },
          { response: { ...whole, rawId: value } },
          { response: { ...whole, response: value } },
          { response: { ...whole, response: { ...whole.response, clientDataJSON: value } } },
          { response: { ...whole, clientExtensionResults: { credProps: { '\0': value } } } },
        ];
        for (const body of bodies) {
          const { status } = await client.post(path, body);
          expect([path, JSON.stringify(body).slice(0, 200), status]).toEqual([
            path,
            JSON.stringify(body).slice(0, 200),
            400,
          ]);
        }
      }
      expect((await client.post(path, {})).status).toBe(400);
      expect((await client.post(path, { response: answer })).status).toBe(200);
    }
    expect(portal.logged()).toBe('');
  });

  it('cannot be used twice with one challenge', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    const device = createAuthenticator('localhost');
    await add(browser, device);
    const fresh = portal.browser();
    const { body } = await fresh.get('/passkey/generate-authenticate-options');
    const response = device.get(body as { challenge: string }, ORIGIN);
    expect((await fresh.post('/passkey/verify-authentication', { response })).status).toBe(200);
    expect((await fresh.post('/passkey/verify-authentication', { response })).status).toBe(400);
  });

  it('of a deactivated user give no session', async () => {
    portal = await openPortal(dialect);
    await setUp(portal);
    const browser = portal.browser();
    await browser.post('/sign-up/email', form('budi@example.com'));
    const device = createAuthenticator('localhost');
    await add(browser, device);
    await portal.accounts.users.edit('budi@example.com', { active: false }, OPERATOR_ACTOR);
    const fresh = portal.browser();
    expect(await use(fresh, device)).toMatchObject({ status: 403, body: { code: 'ACCOUNT_DEACTIVATED' } });
    expect(await sessionOf(fresh)).toBeNull();
  });

  it('are renamed and removed by their owner; for anybody else they are not there', async () => {
    portal = await openPortal(dialect);
    const owner = await setUp(portal);
    const device = createAuthenticator('localhost');
    const { id } = (await add(owner, device)).body;
    const other = portal.browser();
    await other.post('/sign-up/email', form('budi@example.com'));
    for (const path of ['/passkey/update-passkey', '/passkey/delete-passkey']) {
      const real = await other.post(path, { id, name: 'mine' });
      const unreal = await other.post(path, { id: 'nothing', name: 'mine' });
      expect(real.status).toBe(404);
      expect(real.body).toEqual(unreal.body);
    }
    expect((await owner.post('/passkey/update-passkey', { id, name: 'Phone' })).status).toBe(200);
    expect((await owner.get('/passkey/list-user-passkeys')).body).toMatchObject([{ id, name: 'Phone' }]);
    expect((await owner.post('/passkey/delete-passkey', { id })).status).toBe(200);
    expect((await use(portal.browser(), device)).status).toBe(401);
  });

  describe('when the sign-in was more than five minutes ago', () => {
    let nowMs: number;
    let browser: Browser;
    const open = async () => {
      nowMs = Date.now();
      portal = await openPortal(dialect, { nowMs: () => nowMs, mail: 'works' });
      const owner = { name: 'Ayu', email: EMAIL, phoneNumber: null, role: 'administrator' } as const;
      await portal.accounts.users.create({ ...owner, password: PASSWORD }, OPERATOR_ACTOR);
      browser = portal.browser();
      await browser.post('/sign-in/email', { email: EMAIL, password: PASSWORD });
    };
    const refused = { status: 403, body: { code: 'REAUTHENTICATION_REQUIRED' } };
    const prove = (password: unknown) => browser.post('/reauthenticate', { password });
    const proveBy = async (device: Authenticator) => {
      const { body } = await browser.get('/passkey/generate-authenticate-options');
      const response = device.get(body as { challenge: string }, ORIGIN);
      return browser.post('/reauthenticate/passkey', { response });
    };
    const sessions = () =>
      accountQueries(portal.store).selectFrom('sessions').select(['id', 'proven_at']).execute();

    it('are neither added nor removed before a proof of who is here', async () => {
      await open();
      const device = createAuthenticator('localhost');
      const { body } = await browser.get('/passkey/generate-register-options');
      const response = device.create(body as { challenge: string }, ORIGIN);
      nowMs += 5 * 60_000;
      expect(await browser.post('/passkey/verify-registration', { response })).toMatchObject(refused);
      expect(await browser.get('/passkey/generate-register-options')).toMatchObject(refused);
      expect((await browser.get('/passkey/list-user-passkeys')).body).toEqual([]);
      expect((await prove(PASSWORD)).status).toBe(200);
      const { id } = (await add(browser, device)).body;
      nowMs += 5 * 60_000;
      expect(await browser.post('/passkey/delete-passkey', { id })).toMatchObject(refused);
      expect((await browser.get('/passkey/list-user-passkeys')).body).toHaveLength(1);
      nowMs += 1000;
      expect((await prove(PASSWORD)).status).toBe(200);
      nowMs += 5 * 60_000 - 1;
      expect((await browser.post('/passkey/delete-passkey', { id })).status).toBe(200);
    });

    it('are proof themselves, of their own account alone, and begin no session', async () => {
      await open();
      const device = createAuthenticator('localhost');
      await add(browser, device);
      const stranger = portal.browser();
      const budi = { name: 'Budi', email: 'budi@example.com', phoneNumber: null, role: 'member' } as const;
      await portal.accounts.users.create({ ...budi, password: PASSWORD }, OPERATOR_ACTOR);
      await stranger.post('/sign-in/email', { email: 'budi@example.com', password: PASSWORD });
      const foreign = createAuthenticator('localhost');
      await add(stranger, foreign);
      nowMs += 6 * 60_000;
      const before = (await sessions()).length;
      const held = browser.headers().get('cookie');
      expect(await proveBy(foreign)).toMatchObject({
        status: 403,
        body: { code: 'PASSKEY_OF_ANOTHER_ACCOUNT' },
      });
      expect((await proveBy(createAuthenticator('localhost'))).status).toBe(401);
      expect(await browser.get('/passkey/generate-register-options')).toMatchObject(refused);
      expect((await proveBy(device)).status).toBe(200);
      expect((await browser.get('/passkey/generate-register-options')).status).toBe(200);
      expect(await sessions()).toHaveLength(before);
      expect((await sessionOf(browser))?.user.email).toBe(EMAIL);
      expect(held).toContain(browser.cookies.get(sessionCookie(browser)) ?? 'no cookie');
      expect((await portal.audit()).map(({ action }) => action)).toContain('session.prove');
    });

    it('a wrong password is no proof, and guessing stops after ten', async () => {
      await open();
      nowMs += 6 * 60_000;
      for (const password of [OTHER_PASSWORD, '', 7, undefined]) {
        expect(await prove(password)).toMatchObject({
          status: 422,
          body: { errors: [{ field: 'password', code: 'INVALID_PASSWORD' }] },
        });
      }
      expect(await browser.get('/passkey/generate-register-options')).toMatchObject(refused);
      for (let guess = 0; guess < 9; guess += 1) await prove(OTHER_PASSWORD);
      expect((await prove(PASSWORD)).status).toBe(429);
      const change = { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD };
      expect((await browser.post('/change-password', change)).status).toBe(429);
    });

    it('a session from before proofs were kept has none', async () => {
      await open();
      await accountQueries(portal.store).updateTable('sessions').set({ proven_at: null }).execute();
      expect(await browser.get('/passkey/generate-register-options')).toMatchObject(refused);
    });
  });

  it('are mailed to their owner when they are added and removed', async () => {
    portal = await openPortal(dialect, { mail: 'works' });
    const owner = { name: 'Ayu', email: EMAIL, phoneNumber: null, role: 'administrator' } as const;
    await portal.accounts.users.create({ ...owner, password: PASSWORD }, OPERATOR_ACTOR);
    const browser = portal.browser();
    await browser.post('/sign-in/email', { email: EMAIL, password: PASSWORD });
    const { id } = (await add(browser, createAuthenticator('localhost'))).body;
    await portal.accounts.settled();
    expect(portal.smtp?.mails.at(-1)).toMatchObject({
      to: EMAIL,
      text: expect.stringContaining('A passkey was added'),
    });
    await browser.post('/passkey/delete-passkey', { id });
    await portal.accounts.settled();
    expect(portal.smtp?.mails).toHaveLength(2);
    expect(portal.smtp?.mails.at(-1)?.text).toContain('A passkey was removed');
  });

  it.each([
    [true, 0],
    [false, 2],
  ])('go with a password reset if that is chosen (%s), and %i stay', async (removePasskeys, left) => {
    portal = await openPortal(dialect, { mail: 'works' });
    const owner = { name: 'Ayu', email: EMAIL, phoneNumber: null, role: 'administrator' } as const;
    await portal.accounts.users.create({ ...owner, password: PASSWORD }, OPERATOR_ACTOR);
    const browser = portal.browser();
    await browser.post('/sign-in/email', { email: EMAIL, password: PASSWORD });
    for (let device = 0; device < 2; device += 1) await add(browser, createAuthenticator('localhost'));
    await browser.post('/request-password-reset', { email: EMAIL });
    await portal.accounts.settled();
    const token = linkValue(
      portal.smtp?.mails.flatMap(({ links }) => links).find((l) => l.includes('/reset-password#')) ?? '',
      'token',
    );
    for (let read = 0; read < 2; read += 1) {
      expect((await portal.browser().post('/read-reset-link', { token })).body).toEqual({ passkeys: 2 });
    }
    const reset = { token, newPassword: OTHER_PASSWORD, removePasskeys };
    expect((await portal.browser().post('/reset-password', reset)).status).toBe(200);
    const kept = await accountQueries(portal.store).selectFrom('passkeys').selectAll().execute();
    expect(kept).toHaveLength(left);
    await portal.accounts.settled();
    const told = portal.smtp?.mails.at(-1)?.text.includes('2 passkeys were removed');
    expect(told).toBe(removePasskeys);
    expect((await portal.browser().post('/read-reset-link', { token })).status).toBe(400);
  });
});
