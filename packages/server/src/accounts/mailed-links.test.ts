/** The mails: who gets one, where its links lead, and that asking tells nothing about who has an account. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  type Browser,
  DIALECTS,
  form,
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
  /** The newest link that leads there; mails may arrive in any order. */
  const linkOf = async (path: 'verify-email' | 'reset-password') => {
    const links = (await mails()).flatMap((mail) => mail.links).filter((link) => link.includes(`/${path}?`));
    return new URL(links.at(-1) ?? 'about:no-such-mail');
  };
  /** Opens a mailed link as the browser that clicks it does. */
  const click = (url: URL) => portal.browser().get(url.pathname.replace('/api/auth', '') + url.search);
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
    const early = await signIn(portal.browser());
    expect(early).toMatchObject({ status: 403, body: { code: 'EMAIL_NOT_VERIFIED' } });
    const link = await linkOf('verify-email');
    expect(link.origin).toBe('https://portal.example.com');
    expect(JSON.stringify(await mails())).not.toContain('evil');
    const opened = await click(link);
    expect(opened.status).toBe(302);
    expect(opened.headers.get('location')).toBe('/verify-email?confirmed=1');
    expect(opened.headers.getSetCookie()).toEqual([]);
    expect(await verified()).toBe(true);
    expect((await signIn(portal.browser())).status).toBe(200);
  });

  it('lead to the portal’s own page, whatever page the link was made to name', async () => {
    await open();
    await signUp();
    const link = await linkOf('verify-email');
    link.searchParams.set('callbackURL', 'https://evil.example/');
    expect((await click(link)).headers.get('location')).toBe('/verify-email?confirmed=1');
    link.searchParams.set('token', 'made-up');
    expect((await click(link)).headers.get('location')).toBe('/verify-email?error=INVALID_TOKEN');
  });

  it('answer a sign-up alike whether the address has an account or not, and tell its owner', async () => {
    await open();
    await signUp();
    await click(await linkOf('verify-email'));
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
    await signUp();
    await click(await linkOf('verify-email'));
    const browser = portal.browser();
    await signIn(browser);
    await portal
      .browser()
      .post(
        '/request-password-reset',
        { email: EMAIL.toUpperCase(), redirectTo: 'https://evil.example' },
        { host: 'evil.example' },
      );
    const link = await linkOf('reset-password');
    expect(link.href).toMatch(/^http:\/\/localhost:8080\/reset-password\?token=[\w-]+$/);
    const token = link.searchParams.get('token');
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
      body: { code: 'INVALID_TOKEN', message: 'This link is used up or was never valid. Ask for a new one.' },
    });
    expect((await mails()).some(({ text }) => text.includes('was changed'))).toBe(true);
  });

  it('use a link up once when it is used twice in the same moment', async () => {
    await open();
    await signUp();
    await portal.browser().post('/request-password-reset', { email: EMAIL });
    const token = (await linkOf('reset-password')).searchParams.get('token');
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

  it('stop at five an hour for one address, and the answer stays the same', async () => {
    await open();
    await signUp();
    const answers = [];
    for (let ask = 0; ask < 8; ask += 1) {
      answers.push(await portal.browser().post('/request-password-reset', { email: EMAIL }));
      await portal.accounts.settled();
    }
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(await mails()).toHaveLength(5);
  });

  it('are not sent to a deactivated account', async () => {
    await open();
    await signUp();
    await portal.accounts.users.create({
      name: 'B',
      email: 'b@example.com',
      phoneNumber: null,
      role: 'administrator',
      password: PASSWORD,
    });
    await portal.accounts.users.edit(EMAIL, { active: false });
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
    expect(portal.logged()).not.toMatch(/token=|https?:/);
  });

  it('work for an hour', async () => {
    await open();
    await signUp();
    await portal.browser().post('/request-password-reset', { email: EMAIL });
    const proof = (await linkOf('verify-email')).searchParams.get('token') ?? '';
    const { exp, iat } = JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString()) as {
      exp: number;
      iat: number;
    };
    expect(exp - iat).toBe(3600);
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
    const token = (await linkOf('reset-password')).searchParams.get('token');
    expect(
      await portal.browser().post('/reset-password', { token, newPassword: OTHER_PASSWORD }),
    ).toMatchObject({ status: 400 });
  });

  it('are done without when there is no mail server: the log names the command, and holds no link', async () => {
    portal = await openPortal(dialect);
    await portal.browser().post('/sign-up/email', form(EMAIL));
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
