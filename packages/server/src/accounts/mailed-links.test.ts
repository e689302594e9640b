/** The mails: who gets one, where its links lead, and that asking tells nothing about who has an account. */
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
  type PortalOptions,
  SETUP_CODE,
} from './portal-under-test.ts';

const EMAIL = 'ayu@example.com';
const signIn = (browser: Browser, password = PASSWORD) =>
  browser.post('/sign-in/email', { email: EMAIL, password });

describe.each(DIALECTS)('mailed links on %s', (dialect) => {
  let portal: Portal;
  afterEach(() => portal.close());

  const open = async (options: PortalOptions = {}) => {
    portal = await openPortal(dialect, { mail: 'works', ...options });
  };
  const mails = async () => {
    await portal.accounts.settled();
    return portal.smtp?.mails ?? [];
  };
  /** The token of the newest link that leads there; mails may arrive in any order. */
  const tokenOf = async (path: 'verify-email' | 'reset-password') => {
    const links = (await mails()).flatMap((mail) => mail.links).filter((link) => link.includes(`/${path}#`));
    return linkValue(links.at(-1) ?? 'about:no-such-mail', 'token');
  };
  /** Sends what the link's page sends when its button is clicked. */
  const confirm = (token: string, password = PASSWORD, browser = portal.browser()) =>
    browser.post('/verify-email', { token, password });
  const signUpConfirmed = async () => {
    await signUp();
    expect((await confirm(await tokenOf('verify-email'))).status).toBe(200);
  };
  const verified = async () => {
    const users = portal.store.kysely.selectFrom('users').select('email_verified').where('email', '=', EMAIL);
    return Boolean((await users.executeTakeFirst())?.email_verified);
  };
  const signUp = (email = EMAIL, more = {}, headers = {}) =>
    portal.browser().post('/sign-up/email', form(email, { setupCode: SETUP_CODE, ...more }), headers);

  it('prove the address before the first sign-in, on the public URL whatever Host says', async () => {
    await open({ publicUrl: 'https://portal.example.com' });
    const evil = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' };
    const answer = await signUp(EMAIL, { callbackURL: 'https://evil.example/' }, evil);
    expect(answer).toMatchObject({ status: 200, body: { token: null, user: { email: EMAIL } } });
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect((await signIn(portal.browser())).status).toBe(401);
    const [link] = (await mails()).flatMap((mail) => mail.links);
    expect(link).toMatch(/^https:\/\/portal\.example\.com\/verify-email#token=[\w-]{32}$/);
    expect(JSON.stringify(await mails())).not.toContain('evil');
    const browser = portal.browser();
    expect((await confirm(await tokenOf('verify-email'), PASSWORD, browser)).status).toBe(200);
    expect((await portal.accounts.sessionFrom(browser.headers()))?.user.emailVerified).toBe(true);
    expect(await verified()).toBe(true);
    expect((await signIn(portal.browser())).status).toBe(200);
  });

  it('confirm an address only with the password of its account, counted with the sign-ins', async () => {
    await open();
    await signUp();
    const token = await tokenOf('verify-email');
    for (const password of [OTHER_PASSWORD, '', 7, undefined]) {
      expect(await portal.browser().post('/verify-email', { token, password })).toMatchObject({
        status: 422,
        body: { errors: [{ field: 'password', code: 'INVALID_PASSWORD' }] },
      });
    }
    expect(await verified()).toBe(false);
    for (const wrong of ['', 'x'.repeat(32), `${token}x`, token.toLowerCase(), ['x'], null]) {
      expect(
        await portal.browser().post('/verify-email', { token: wrong, password: PASSWORD }),
      ).toMatchObject({
        status: 400,
        body: { code: 'INVALID_TOKEN' },
      });
    }
    const answers = [];
    for (let guess = 0; guess < 11; guess += 1) answers.push((await confirm(token, OTHER_PASSWORD)).status);
    expect(answers.at(-1)).toBe(429);
    expect((await signIn(portal.browser())).status).toBe(429);
  });

  it('of one purpose are nothing for another', async () => {
    await open();
    await signUp();
    await portal.browser().post('/request-password-reset', { email: EMAIL });
    const [proof, reset] = [await tokenOf('verify-email'), await tokenOf('reset-password')];
    expect((await confirm(reset)).status).toBe(400);
    const answer = await portal
      .browser()
      .post('/reset-password', { token: proof, newPassword: OTHER_PASSWORD });
    expect(answer.status).toBe(400);
    expect((await confirm(proof)).status).toBe(200);
    expect((await confirm(proof)).status).toBe(400);
  });

  it('answer a sign-up alike whether the address has an account or not, and tell its owner', async () => {
    await open();
    await signUpConfirmed();
    const strip = ({ status, body }: { status: number; body: Record<string, unknown> }) => {
      const user = body.user as Record<string, unknown>;
      return {
        status,
        body: { ...body, user: { ...user, id: typeof user.id, email: '', createdAt: '', updatedAt: '' } },
      };
    };
    const again = await signUp(EMAIL, { password: OTHER_PASSWORD });
    const fresh = await signUp('new@example.com', { password: OTHER_PASSWORD });
    expect(strip(again)).toEqual(strip(fresh));
    expect([...again.headers]).toEqual([...fresh.headers]);
    const toOwner = (await mails()).filter(({ to }) => to === EMAIL);
    expect(toOwner.some(({ text }) => text.includes('has an account already'))).toBe(true);
    expect((await signIn(portal.browser(), OTHER_PASSWORD)).status).toBe(401);
    expect((await signIn(portal.browser())).status).toBe(200);
  });

  it('answer no sign-up sooner than making an account takes', async () => {
    await open({ answerAfterMs: 400 });
    for (const email of [EMAIL, EMAIL]) {
      const startedAtMs = performance.now();
      expect((await signUp(email)).status).toBe(200);
      // A timer may fire a fraction of a millisecond early by this clock.
      expect(performance.now() - startedAtMs).toBeGreaterThan(399);
    }
  });

  it('set a new password once, end every session, and prove the address', async () => {
    await open();
    await signUpConfirmed();
    const browser = portal.browser();
    await signIn(browser);
    await portal
      .browser()
      .post(
        '/request-password-reset',
        { email: EMAIL.toUpperCase(), redirectTo: 'https://evil.example' },
        { host: 'evil.example' },
      );
    const token = await tokenOf('reset-password');
    const rows = JSON.stringify(
      await portal.store.kysely
        .withTables<{ verifications: object }>()
        .selectFrom('verifications')
        .selectAll()
        .execute(),
    );
    expect(rows).not.toContain(token);
    const reset = { token, newPassword: OTHER_PASSWORD };
    expect(await portal.browser().post('/reset-password', reset)).toMatchObject({ status: 200 });
    expect(await portal.accounts.sessionFrom(browser.headers())).toBeNull();
    expect((await signIn(portal.browser())).status).toBe(401);
    expect((await signIn(portal.browser(), OTHER_PASSWORD)).status).toBe(200);
    expect(await portal.browser().post('/reset-password', reset)).toMatchObject({
      status: 400,
      body: { code: 'INVALID_TOKEN' },
    });
    expect((await mails()).some(({ text }) => text.includes('was set anew'))).toBe(true);
  });

  it('use a link up once when it is used twice in the same moment', async () => {
    await open();
    await signUp();
    await portal.browser().post('/request-password-reset', { email: EMAIL });
    const token = await tokenOf('reset-password');
    const answers = await Promise.all(
      [PASSWORD, OTHER_PASSWORD].map((newPassword) =>
        portal.browser().post('/reset-password', { token, newPassword }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(await verified()).toBe(true);
  });

  it('answer who asks for one alike, for known and unknown addresses, without waiting', async () => {
    await open();
    await signUp();
    await mails();
    for (const path of ['/request-password-reset', '/send-verification-email']) {
      const known = await portal.browser().post(path, { email: EMAIL });
      const unknown = await portal.browser().post(path, { email: 'nobody@example.com' });
      expect({ ...known, headers: [...known.headers] }).toEqual({
        ...unknown,
        headers: [...unknown.headers],
      });
      expect(known.status).toBe(200);
    }
    const sent = await mails();
    expect(sent.map(({ to }) => to)).toEqual([EMAIL, EMAIL, EMAIL]);
  });

  it('stop at five an hour for one address, also when all are asked for at once', async () => {
    await open();
    await signUp();
    const browser = portal.browser();
    const ask = (path: string) => browser.post(path, { email: EMAIL });
    const asked = await Promise.all(
      Array.from({ length: 5 }, () => [
        ask('/request-password-reset'),
        ask('/send-verification-email'),
        signIn(portal.browser()),
        signUp(),
      ]).flat(),
    );
    expect(new Set(asked.map(({ status }) => status))).toEqual(new Set([200, 401]));
    expect(await mails()).toHaveLength(5);
    const counted = await accountQueries(portal.store)
      .selectFrom('rate_limits')
      .select('count')
      .where('key', 'like', 'mail:%')
      .execute();
    expect(counted).toEqual([{ count: 5 }]);
    const late = await ask('/request-password-reset');
    expect(late).toMatchObject({ status: 200 });
    expect(await mails()).toHaveLength(5);
  });

  it('tell an owner of a change even when somebody has used up the mails of the hour', async () => {
    await open();
    await signUpConfirmed();
    for (let ask = 0; ask < 6; ask += 1)
      await portal.browser().post('/request-password-reset', { email: EMAIL });
    await mails();
    const owner = portal.browser();
    await signIn(owner);
    await owner.post('/change-password', { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD });
    expect((await mails()).some(({ text }) => text.includes('was changed'))).toBe(true);
  });

  it('say that a program sent them', async () => {
    await open();
    await signUp();
    expect((await mails()).map(({ headers }) => headers['auto-submitted'])).toEqual(['auto-generated']);
  });

  it('are not sent to a deactivated account', async () => {
    await open();
    await signUp();
    await portal.accounts.users.create(
      {
        name: 'B',
        email: 'b@example.com',
        phoneNumber: null,
        role: 'administrator',
        password: PASSWORD,
      },
      OPERATOR_ACTOR,
    );
    await portal.accounts.users.edit(EMAIL, { active: false }, OPERATOR_ACTOR);
    const before = (await mails()).length;
    await portal.browser().post('/request-password-reset', { email: EMAIL });
    await portal.browser().post('/send-verification-email', { email: EMAIL });
    expect(await mails()).toHaveLength(before);
  });

  it('are in no log when they cannot be sent, and nobody who asked notices', async () => {
    await open({ mail: 'refuses' });
    expect((await signUp()).status).toBe(200);
    expect((await portal.browser().post('/request-password-reset', { email: EMAIL })).status).toBe(200);
    await portal.accounts.settled();
    expect(portal.logged()).toContain('mail was not sent');
    expect(portal.logged()).not.toMatch(/token=|#|https?:/);
  });

  it('work for an hour', async () => {
    await open();
    await signUp();
    await portal.browser().post('/request-password-reset', { email: EMAIL });
    await mails();
    const rows = await portal.store.kysely
      .withTables<{ verifications: { expires_at: string | Date; created_at: string | Date } }>()
      .selectFrom('verifications')
      .select(['expires_at', 'created_at'])
      .execute();
    for (const { expires_at, created_at } of rows) {
      expect(new Date(expires_at).getTime() - new Date(created_at).getTime()).toBeLessThanOrEqual(3_600_000);
    }
    const past = new Date(Date.now() - 1000);
    await portal.store.kysely
      .withTables<{ verifications: { expires_at: Date } }>()
      .updateTable('verifications')
      .set({ expires_at: past })
      .execute();
    const token = await tokenOf('reset-password');
    expect(
      await portal.browser().post('/reset-password', { token, newPassword: OTHER_PASSWORD }),
    ).toMatchObject({ status: 400 });
  });

  it('are done without when there is no mail server: the log names the command, and holds no link', async () => {
    portal = await openPortal(dialect);
    await portal.browser().post('/sign-up/email', form(EMAIL, { setupCode: SETUP_CODE }));
    const known = await portal.browser().post('/request-password-reset', { email: EMAIL });
    const unknown = await portal.browser().post('/request-password-reset', { email: 'nobody@example.com' });
    expect(known.body).toEqual(unknown.body);
    await portal.accounts.settled();
    expect(portal.logged().split('\n')).toHaveLength(1);
    expect(portal.logged()).toContain(`lencana user reset-password --email ${EMAIL}`);
    expect(portal.logged()).not.toMatch(/token|https?:/);
    await expect(portal.browser().post('/send-verification-email', { email: EMAIL })).resolves.toMatchObject({
      status: 200,
    });
  });
});
