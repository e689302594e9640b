/** Signing up and in, passwords, limits and the profile, on both engines. */
import { afterEach, describe, expect, it } from 'vitest';
import { accountQueries } from '../store/accounts/account-tables.ts';
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

const EMAIL = 'admin@example.com';
const signIn = (browser: Browser, password = PASSWORD, email = EMAIL) =>
  browser.post('/sign-in/email', { email, password });

describe.each(DIALECTS)('accounts on %s', (dialect) => {
  let portal: Portal;
  afterEach(() => portal.close());

  it('sign up, sign in in any case, know the session and end it at once', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    const session = await portal.accounts.sessionFrom(browser.headers());
    expect(session?.user).toEqual({
      id: expect.any(String),
      name: 'Ayu Lestari',
      email: EMAIL,
      emailVerified: false,
      phoneNumber: '+6281234567890',
      role: 'administrator',
      organization: { id: 'default', name: 'Default organization' },
    });
    const held = browser.headers();
    expect((await browser.get('/get-session')).body).toMatchObject({
      user: { email: EMAIL, role: 'administrator', phoneNumber: '+6281234567890' },
    });
    expect((await browser.post('/sign-out', {})).status).toBe(200);
    expect(await portal.accounts.sessionFrom(held)).toBeNull();
    const again = portal.browser();
    expect((await signIn(again, PASSWORD, 'ADMIN@Example.com')).status).toBe(200);
    expect(await portal.accounts.sessionFrom(again.headers())).not.toBeNull();
    expect(portal.logged()).toBe('');
  });

  it('answer a wrong password and an unknown address alike', async () => {
    portal = await openPortal(dialect);
    await setUp(portal);
    const wrong = await signIn(portal.browser(), OTHER_PASSWORD);
    const unknown = await signIn(portal.browser(), OTHER_PASSWORD, 'nobody@example.com');
    expect(wrong.status).toBe(401);
    expect(wrong.body).toEqual({
      code: 'INVALID_EMAIL_OR_PASSWORD',
      message: 'The e-mail address or the password is wrong.',
    });
    expect({ ...unknown, headers: [...unknown.headers] }).toEqual({ ...wrong, headers: [...wrong.headers] });
  });

  it.each([EMAIL, 'nobody@example.com'])(
    'let %s wait after ten wrong passwords, from anywhere',
    async (email) => {
      let nowMs = Date.now();
      portal = await openPortal(dialect, { nowMs: () => nowMs });
      await setUp(portal);
      const statuses = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          signIn(portal.browser({ address: `203.0.113.${index}` }), OTHER_PASSWORD, email),
        ),
      );
      expect(statuses.map(({ status }) => status)).toEqual(Array(10).fill(401));
      nowMs += 60_000;
      const waits = await signIn(portal.browser(), PASSWORD, email);
      expect(waits).toMatchObject({
        status: 429,
        body: { code: 'TOO_MANY_REQUESTS', message: 'Too many attempts. Try again in 14 minutes.' },
      });
      expect(waits.headers.get('retry-after')).toBe('840');
      nowMs += 14 * 60_000;
      expect((await signIn(portal.browser(), PASSWORD, email)).status).toBe(email === EMAIL ? 200 : 401);
    },
  );

  it('do not count a right password, and let nobody tell by the count that the owner signed in', async () => {
    portal = await openPortal(dialect);
    await setUp(portal);
    for (let right = 0; right < 12; right += 1) expect((await signIn(portal.browser())).status).toBe(200);
    const stranger = async (email: string) => {
      const statuses: number[] = [];
      for (let wrong = 0; wrong < 11; wrong += 1) {
        statuses.push((await signIn(portal.browser(), OTHER_PASSWORD, email)).status);
        if (wrong === 8) await signIn(portal.browser());
      }
      return statuses;
    };
    expect(await stranger(EMAIL)).toEqual(await stranger('nobody@example.com'));
  });

  it('write nothing for an attempt over the limit', async () => {
    portal = await openPortal(dialect);
    await setUp(portal);
    await Promise.all(Array.from({ length: 15 }, () => signIn(portal.browser(), OTHER_PASSWORD)));
    const counts = () =>
      accountQueries(portal.store)
        .selectFrom('rate_limits')
        .selectAll()
        .where('key', 'like', 'sign-in:%')
        .execute();
    const before = await counts();
    expect(before).toMatchObject([{ count: 10 }]);
    const audited = await portal.audit();
    expect((await signIn(portal.browser())).status).toBe(429);
    expect(await counts()).toEqual(before);
    expect(await portal.audit()).toEqual(audited);
  });

  it('let an address wait that tries too often, on all nodes together, and no other', async () => {
    const limit = { attempts: 4, windowMs: 60_000 };
    const addressLimits = { signIn: limit, signUp: limit, mailedLink: limit, usedLink: limit, change: limit };
    portal = await openPortal(dialect, { addressLimits });
    await setUp(portal);
    const other = await portal.anotherNode();
    const peer = { address: '2001:db8:1:2:3:4:5:6' };
    const neighbour = { address: '2001:db8:1:2:aaaa::1' };
    const statuses: number[] = [];
    for (const node of [portal, other, portal, other, portal]) {
      const from = statuses.length % 2 ? peer : neighbour;
      statuses.push((await signIn(node.browser(from), PASSWORD, `u${statuses.length}@example.com`)).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 429]);
    const spoofed = await portal
      .browser(peer)
      .post(
        '/sign-in/email',
        { email: EMAIL, password: PASSWORD },
        { 'x-forwarded-for': '198.51.100.1', 'x-lencana-client-address': '198.51.100.1' },
      );
    expect(spoofed.status).toBe(429);
    expect((await signIn(portal.browser({ address: '2001:db8:1:3::1' }))).status).toBe(200);
    await other.close();
  });

  it('refuse a weak password on every path, naming what is missing, and change nothing', async () => {
    portal = await openPortal(dialect, { mail: 'works' });
    const weak = 'weak';
    const says = 'The password needs at least 14 characters, an upper-case letter, a digit and a symbol.';
    const refused = { status: 422, body: { code: 'INVALID_FIELDS', message: says } };
    expect(await portal.browser().post('/sign-up/email', form(EMAIL, { password: weak }))).toMatchObject(
      refused,
    );
    await portal.accounts.users.create(
      {
        name: 'Ayu',
        email: EMAIL,
        phoneNumber: null,
        role: 'administrator',
        password: PASSWORD,
      },
      OPERATOR_ACTOR,
    );
    const browser = portal.browser();
    await signIn(browser);
    expect(
      await browser.post('/change-password', { currentPassword: PASSWORD, newPassword: weak }),
    ).toMatchObject(refused);
    await browser.post('/request-password-reset', { email: EMAIL });
    await portal.accounts.settled();
    const token = linkValue(portal.smtp?.mails.at(-1)?.links[0] ?? '', 'token');
    expect(await portal.browser().post('/reset-password', { token, newPassword: weak })).toMatchObject(
      refused,
    );
    await expect(portal.accounts.users.resetPassword(EMAIL, weak, OPERATOR_ACTOR)).rejects.toThrow(says);
    await expect(
      portal.accounts.users.create(
        {
          name: 'B',
          email: 'b@x.co',
          phoneNumber: null,
          role: 'member',
          password: weak,
        },
        OPERATOR_ACTOR,
      ),
    ).rejects.toThrow(says);
    expect((await signIn(portal.browser())).status).toBe(200);
    const used = await portal.browser().post('/reset-password', { token, newPassword: OTHER_PASSWORD });
    expect(used.status).toBe(200);
  });

  it('refuse a common password on every path, and change nothing', async () => {
    portal = await openPortal(dialect, { mail: 'works' });
    const common = 'Password123456!';
    const refused = (field: string) => ({
      status: 422,
      body: { errors: [{ field, code: 'PASSWORD_COMMON' }] },
    });
    const owner = { name: 'Ayu', email: EMAIL, phoneNumber: null, role: 'administrator' } as const;
    await portal.accounts.users.create({ ...owner, password: PASSWORD }, OPERATOR_ACTOR);
    const form = { name: 'Budi', email: 'b@example.com', password: common, phoneNumber: '+628123456789' };
    expect(await portal.browser().post('/sign-up/email', form)).toMatchObject(refused('password'));
    const browser = portal.browser();
    await signIn(browser);
    const change = { currentPassword: PASSWORD, newPassword: common };
    expect(await browser.post('/change-password', change)).toMatchObject(refused('newPassword'));
    await browser.post('/request-password-reset', { email: EMAIL });
    await portal.accounts.settled();
    const token = linkValue(portal.smtp?.mails.at(-1)?.links[0] ?? '', 'token');
    const reset = { token, newPassword: common };
    expect(await portal.browser().post('/reset-password', reset)).toMatchObject(refused('newPassword'));
    await expect(portal.accounts.users.resetPassword(EMAIL, common, OPERATOR_ACTOR)).rejects.toThrow(
      'easy to guess',
    );
    await expect(
      portal.accounts.users.create({ ...owner, email: 'c@x.co', password: common }, OPERATOR_ACTOR),
    ).rejects.toThrow('easy to guess');
    expect((await signIn(portal.browser())).status).toBe(200);
    const used = await portal.browser().post('/reset-password', { token, newPassword: OTHER_PASSWORD });
    expect(used.status).toBe(200);
  });

  it('end every other session when the password is changed, and keep this one', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    const elsewhere = portal.browser();
    await signIn(elsewhere);
    const wrong = await browser.post('/change-password', {
      currentPassword: OTHER_PASSWORD,
      newPassword: OTHER_PASSWORD,
    });
    expect(wrong).toMatchObject({ status: 400, body: { message: 'The current password is wrong.' } });
    const before = browser.headers();
    const changed = await browser.post('/change-password', {
      currentPassword: PASSWORD,
      newPassword: OTHER_PASSWORD,
      revokeOtherSessions: false,
    });
    expect(changed.status).toBe(200);
    expect(await portal.accounts.sessionFrom(elsewhere.headers())).toBeNull();
    expect(await portal.accounts.sessionFrom(before)).toBeNull();
    expect(await portal.accounts.sessionFrom(browser.headers())).not.toBeNull();
    expect((await signIn(portal.browser())).status).toBe(401);
    expect((await signIn(portal.browser(), OTHER_PASSWORD)).status).toBe(200);
  });

  it('change name and phone number and nothing else, whatever is sent', async () => {
    portal = await openPortal(dialect);
    await setUp(portal);
    const browser = portal.browser();
    await browser.post(
      '/sign-up/email',
      form('budi@example.com', { role: 'administrator', emailVerified: true, id: 'x' }),
    );
    const answer = await browser.post('/update-user', {
      name: 'Budi',
      role: 'administrator',
      email: 'x@example.com',
      emailVerified: true,
      organizationId: 'other',
      image: 'https://evil.example/x.png',
    });
    expect(answer.status).toBe(200);
    expect((await portal.accounts.sessionFrom(browser.headers()))?.user).toMatchObject({
      name: 'Budi',
      email: 'budi@example.com',
      emailVerified: false,
      role: 'member',
      organization: { id: 'default' },
    });
    expect(await browser.post('/update-user', { name: 'a\u0000b' })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'name', code: 'INVALID_NAME' }] },
    });
  });

  it('name every field of the sign-up form that is wrong', async () => {
    portal = await openPortal(dialect);
    const answer = await portal.browser().post('/sign-up/email', { email: 'x' });
    expect(answer.status).toBe(422);
    expect((answer.body.errors as { field: string }[]).map(({ field }) => field)).toEqual([
      'name',
      'email',
      'password',
      'phoneNumber',
    ]);
  });
});
