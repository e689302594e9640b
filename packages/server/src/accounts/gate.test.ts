/**
 * What the gate lets through and what it refuses before better-auth sees it. One engine: nothing here is the
 * database's.
 */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { form, openPortal, PASSWORD, type Portal, setUp } from './portal-under-test.ts';

describe('the gate', () => {
  let portal: Portal;
  afterEach(() => portal.close());

  it('serves nothing of better-auth that is not listed', async () => {
    portal = await openPortal('sqlite');
    const browser = await setUp(portal);
    const posts = [
      '/delete-user',
      '/change-email',
      '/sign-in/social',
      '/link-social',
      '/update-session',
      '/revoke-sessions',
      '/set-password',
      '/verify-password',
      '/unlink-account',
      '/get-access-token',
      '/refresh-token',
    ];
    for (const path of posts) {
      expect(await browser.post(path, {})).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    }
    for (const path of [
      '/ok',
      '/error',
      '/list-accounts',
      '/delete-user/callback',
      '/reset-password/abc',
      '/',
      '',
      '/../../x',
      '/account-info',
    ]) {
      expect((await browser.get(path)).status).toBe(404);
    }
    expect(await browser.get('/sign-in/email')).toMatchObject({ status: 405 });
  });

  it('refuses what another site’s page sends, with a session and without', async () => {
    portal = await openPortal('sqlite');
    const browser = await setUp(portal);
    const held = browser.headers();
    const refused = { status: 403, body: { code: 'ORIGIN_REFUSED' } };
    for (const origin of [
      'https://evil.example',
      'http://localhost:8081',
      'https://localhost:8080',
      'null',
    ]) {
      expect(await browser.post('/sign-out', {}, { origin })).toMatchObject(refused);
      expect(
        await portal
          .browser()
          .post('/sign-in/email', { email: 'admin@example.com', password: PASSWORD }, { origin }),
      ).toMatchObject(refused);
    }
    expect(await browser.post('/sign-out', {}, { origin: '' })).toMatchObject(refused);
    expect(await portal.accounts.sessionFrom(held)).not.toBeNull();
    const program = await portal
      .browser()
      .post('/sign-in/email', { email: 'admin@example.com', password: PASSWORD }, { origin: '' });
    expect(program.status).toBe(200);
  });

  it('takes no form that a page of another site could send without asking', async () => {
    portal = await openPortal('sqlite');
    await setUp(portal);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx', '']) {
      const answer = await portal
        .browser()
        .post(
          '/sign-in/email',
          { email: 'admin@example.com', password: PASSWORD },
          { 'content-type': type, origin: '' },
        );
      expect(answer).toMatchObject({ status: 415 });
    }
  });

  it('answers a body that is no JSON object plainly', async () => {
    portal = await openPortal('sqlite');
    for (const body of [[], 'x', 7, null]) {
      expect(await portal.browser().post('/sign-in/email', body)).toMatchObject({
        status: 400,
        body: { code: 'INVALID_BODY' },
      });
    }
    const deep = await portal.browser().post('/sign-in/email', { email: { a: 1 }, password: ['x'] });
    expect(deep.status).toBe(422);
    const wrongKind = await portal.browser().post('/sign-in/email', { email: 'a@example.com', password: 7 });
    expect(wrongKind).toMatchObject({ status: 400, body: { code: 'VALIDATION_ERROR' } });
  });

  it('asks for a session where one is needed, and lets no answer be cached', async () => {
    portal = await openPortal('sqlite');
    for (const path of [
      '/list-sessions',
      '/passkey/list-user-passkeys',
      '/passkey/generate-register-options',
    ]) {
      const answer = await portal.browser().get(path);
      expect(answer).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } });
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    for (const path of ['/update-user', '/change-password', '/revoke-session', '/passkey/delete-passkey']) {
      const body = { newPassword: PASSWORD, currentPassword: PASSWORD, name: 'x', token: 'x', id: 'x' };
      expect(await portal.browser().post(path, body)).toMatchObject({ status: 401 });
    }
    expect((await portal.browser().get('/get-session')).headers.get('cache-control')).toBe('no-store');
  });

  it('writes the peer’s address into the session, never one that the client claims', async () => {
    portal = await openPortal('sqlite');
    const peer = { address: '203.0.113.4' };
    await setUp(portal);
    const browser = portal.browser(peer);
    await browser.post('/sign-up/email', form('budi@example.com'), {
      'x-forwarded-for': '198.51.100.1',
      'x-real-ip': '198.51.100.1',
      'x-lencana-client-address': '198.51.100.1',
    });
    const list = (await browser.get('/list-sessions')).body as unknown as { ipAddress: string }[];
    expect(list.map(({ ipAddress }) => ipAddress)).toEqual(['203.0.113.4']);
  });

  it('those whose address is not known do not lock each other out', async () => {
    const limit = { attempts: 3, windowMs: 60_000 };
    const addressLimits = { signIn: limit, signUp: limit, mailedLink: limit, usedLink: limit, change: limit };
    portal = await openPortal('sqlite', { addressLimits });
    await setUp(portal);
    const tries = async (address: string) => {
      const statuses: number[] = [];
      for (let count = 0; count < 6; count++) {
        const attempt = { email: `nobody${count}@example.com`, password: PASSWORD };
        statuses.push((await portal.browser({ address }).post('/sign-in/email', attempt)).status);
      }
      return statuses;
    };
    expect(await tries('203.0.113.4')).toEqual([401, 401, 401, 429, 429, 429]);
    expect(await tries('')).toEqual([401, 401, 401, 401, 401, 401]);
  });

  it('logs nothing that was typed when something fails, and says only that it failed', async () => {
    portal = await openPortal('sqlite');
    await setUp(portal);
    // better-auth prints a failed look-up of a joined table itself, without values.
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await portal.store.kysely.schema.alterTable('accounts').renameTo('gone').execute();
    const answer = await portal
      .browser()
      .post('/sign-in/email', { email: 'admin@example.com', password: PASSWORD });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer.body)).not.toMatch(/accounts|table|sql/i);
    expect(portal.logged()).not.toBe('');
    expect(portal.logged() + JSON.stringify(printed.mock.calls)).not.toContain(PASSWORD);
    printed.mockRestore();
  });
});
