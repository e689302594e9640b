/**
 * Passkeys: added by who is signed in, used instead of a password, bound to the public URL and to a checked
 * person.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { type Authenticator, createAuthenticator } from './authenticator-under-test.ts';
import {
  type Browser,
  DIALECTS,
  form,
  OPERATOR_ACTOR,
  openPortal,
  type Portal,
  setUp,
} from './portal-under-test.ts';

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
});
