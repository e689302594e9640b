/** Sessions: whose they are, when they end, and that they end at once. Both engines. */
import { argon2Sync } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { accountQueries } from '../store/accounts/account-tables.ts';
import {
  type Browser,
  DIALECTS,
  form,
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

const sessionCookieOf = ({ cookies }: Browser) =>
  [...cookies].find(([name]) => name.endsWith('.session_token'))?.[1];

function slowHashOf(message: string): string {
  const cost = { memory: 65_536, passes: 12, parallelism: 1 };
  const tag = argon2Sync('argon2id', { message, nonce: Buffer.alloc(16), tagLength: 32, ...cost });
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=1$${text(Buffer.alloc(16))}$${text(tag)}`;
}

describe.each(DIALECTS)('sessions on %s', (dialect) => {
  let portal: Portal;
  afterEach(() => portal.close());

  it('end a session on every node the moment it is ended on one', async () => {
    portal = await openPortal(dialect);
    const other = await portal.anotherNode();
    const browser = await setUp(portal);
    const held = browser.headers();
    expect(await other.accounts.sessionFrom(held)).not.toBeNull();
    await browser.post('/sign-out', {});
    expect(await other.accounts.sessionFrom(held)).toBeNull();
    expect((await other.browser().get('/get-session', { cookie: held.get('cookie') ?? '' })).body).toEqual(
      {},
    );
    await other.close();
  });

  it('take no cookie for a session whose signature is not the deployment’s', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    const [row] = await accountQueries(portal.store).selectFrom('sessions').select('token').execute();
    const token = row?.token ?? '';
    const own = decodeURIComponent(sessionCookieOf(browser) ?? '');
    expect(own.startsWith(`${token}.`)).toBe(true);
    const forged = [
      token,
      `${token}.`,
      `${token}.${'A'.repeat(43)}=`,
      `x${own}`,
      own.slice(0, -4),
      `${own}A`,
      '%',
    ];
    for (const value of forged) {
      const cookie = `${[...browser.cookies.keys()][0]}=${encodeURIComponent(value)}`;
      expect(await portal.accounts.sessionFrom(new Headers({ cookie }))).toBeNull();
      expect((await portal.browser().get('/get-session', { cookie })).body).toEqual({});
    }
  });

  it('expire a session after a week without use', async () => {
    let nowMs = Date.now();
    portal = await openPortal(dialect, { nowMs: () => nowMs });
    const browser = await setUp(portal);
    nowMs += 7 * 24 * 3600 * 1000 - 60_000;
    expect(await portal.accounts.sessionFrom(browser.headers())).not.toBeNull();
    nowMs += 120_000;
    expect(await portal.accounts.sessionFrom(browser.headers())).toBeNull();
  });

  it('end a session some days after its sign-in, however much it is used', async () => {
    let nowMs = Date.now();
    const days = 24 * 3600 * 1000;
    portal = await openPortal(dialect, { nowMs: () => nowMs, sessionLifetimeMs: 3 * days });
    const browser = await setUp(portal);
    const sessions = (await browser.get('/list-sessions')).body as unknown as { endsAt: string }[];
    expect(Math.abs(Date.parse(sessions[0]?.endsAt ?? '') - nowMs - 3 * days)).toBeLessThan(60_000);
    // As if it had been extended by use.
    const far = new Date(nowMs + 90 * days);
    await accountQueries(portal.store).updateTable('sessions').set({ expires_at: far }).execute();
    nowMs += 3 * days - 60_000;
    expect(await portal.accounts.sessionFrom(browser.headers())).not.toBeNull();
    nowMs += 120_000;
    expect(await portal.accounts.sessionFrom(browser.headers())).toBeNull();
    expect((await browser.get('/get-session')).body).toEqual({});
    expect((await browser.get('/list-sessions')).status).toBe(401);
    await portal.accounts.sweep();
    expect(await accountQueries(portal.store).selectFrom('sessions').selectAll().execute()).toEqual([]);
  });

  it('set an HttpOnly, SameSite=Lax cookie, secure exactly when the public URL is', async () => {
    portal = await openPortal(dialect);
    const plain = await setUp(portal);
    expect(plain.setCookies.join('\n')).toMatch(
      /^lencana-[0-9a-f]{8}\.session_token=[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/m,
    );
    expect(plain.setCookies.join()).not.toContain('Secure');
    await portal.close();
    portal = await openPortal(dialect, { publicUrl: 'https://portal.example.com' });
    const secure = await setUp(portal);
    expect(secure.setCookies).not.toEqual([]);
    for (const cookie of secure.setCookies) {
      expect(cookie).toMatch(/^__Host-lencana-[0-9a-f]{8}\.\w+=/);
      expect(cookie).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
    }
    expect(await portal.accounts.sessionFrom(secure.headers())).not.toBeNull();
  });

  it('give no session for a password that was replaced while it was being checked', async () => {
    portal = await openPortal(dialect);
    await setUp(portal);
    const accounts = accountQueries(portal.store);
    // A hash that takes far longer to check than a new password takes to set.
    await accounts
      .updateTable('accounts')
      .set({ password: slowHashOf(PASSWORD) })
      .execute();
    const thief = portal.browser();
    const signingIn = signIn(thief);
    await vi.waitFor(async () => {
      expect(
        await accounts.selectFrom('rate_limits').where('key', 'like', 'sign-in:%').selectAll().execute(),
      ).toHaveLength(1);
    });
    await portal.accounts.users.resetPassword(EMAIL, OTHER_PASSWORD, OPERATOR_ACTOR);
    expect(await signingIn).toMatchObject({ status: 401, body: { code: 'UNAUTHORIZED' } });
    expect(await portal.accounts.sessionFrom(thief.headers())).toBeNull();
    expect((await thief.get('/get-session')).body).toEqual({});
    expect((await thief.get('/list-sessions')).status).toBe(401);
  });

  it('list a user’s own sessions without their tokens and end one by its id', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    const phone = portal.browser({ address: '203.0.113.9' });
    await phone.post('/sign-in/email', { email: EMAIL, password: PASSWORD }, { 'user-agent': 'phone' });
    const list = (await browser.get('/list-sessions')).body as unknown as Record<string, unknown>[];
    expect(list).toHaveLength(2);
    expect(list.filter(({ current }) => current)).toHaveLength(1);
    const other = list.find(({ current }) => !current);
    expect(other).toMatchObject({ ipAddress: '203.0.113.9', userAgent: 'phone' });
    expect(JSON.stringify(list)).not.toContain(
      decodeURIComponent(sessionCookieOf(phone) ?? '').split('.')[0],
    );
    expect((await browser.post('/revoke-session', { token: other?.token })).status).toBe(200);
    expect(await portal.accounts.sessionFrom(phone.headers())).toBeNull();
    expect(await portal.accounts.sessionFrom(browser.headers())).not.toBeNull();
  });

  it('end all sessions but this one when asked', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    const others = [portal.browser(), portal.browser()];
    for (const other of others) await signIn(other);
    expect((await browser.post('/revoke-other-sessions', {})).status).toBe(200);
    for (const other of others) expect(await portal.accounts.sessionFrom(other.headers())).toBeNull();
    expect(await portal.accounts.sessionFrom(browser.headers())).not.toBeNull();
  });

  it('do not end somebody else’s session, and do not say that it is there', async () => {
    portal = await openPortal(dialect);
    const owner = await setUp(portal);
    const thief = portal.browser();
    await thief.post('/sign-up/email', form('thief@example.com'));
    const target = await portal.accounts.sessionFrom(owner.headers());
    const real = await thief.post('/revoke-session', { token: target?.sessionId });
    const unreal = await thief.post('/revoke-session', { token: 'nothing' });
    expect({ ...real, headers: null }).toEqual({ ...unreal, headers: null });
    expect(await portal.accounts.sessionFrom(owner.headers())).not.toBeNull();
  });

  it('end a deactivated user’s sessions at once, refuse new ones, and take the user back', async () => {
    portal = await openPortal(dialect);
    await setUp(portal);
    const browser = portal.browser();
    await browser.post('/sign-up/email', form('budi@example.com'));
    const held = browser.headers();
    await portal.accounts.users.edit('budi@example.com', { active: false }, OPERATOR_ACTOR);
    expect(await portal.accounts.sessionFrom(held)).toBeNull();
    const right = await signIn(portal.browser(), PASSWORD, 'budi@example.com');
    expect(right).toMatchObject({ status: 403, body: { code: 'ACCOUNT_DEACTIVATED' } });
    expect(right.headers.getSetCookie()).toEqual([]);
    const wrong = await signIn(portal.browser(), OTHER_PASSWORD, 'budi@example.com');
    expect(wrong.body).toMatchObject({ code: 'INVALID_EMAIL_OR_PASSWORD' });
    await portal.accounts.users.edit('budi@example.com', { active: true }, OPERATOR_ACTOR);
    expect((await signIn(portal.browser(), PASSWORD, 'budi@example.com')).status).toBe(200);
    expect(await portal.accounts.sessionFrom(held)).toBeNull();
  });

  it('follow a change of role in sessions that are open', async () => {
    portal = await openPortal(dialect);
    await setUp(portal);
    const browser = portal.browser();
    await browser.post('/sign-up/email', form('budi@example.com'));
    await portal.accounts.users.edit('budi@example.com', { role: 'viewer' }, OPERATOR_ACTOR);
    expect((await portal.accounts.sessionFrom(browser.headers()))?.user.role).toBe('viewer');
  });

  it('are cleared away when they have expired, and no others', async () => {
    let nowMs = Date.now();
    portal = await openPortal(dialect, { nowMs: () => nowMs });
    const browser = await setUp(portal);
    await portal.browser().get('/passkey/generate-authenticate-options');
    await portal.accounts.sweep();
    expect(await portal.accounts.sessionFrom(browser.headers())).not.toBeNull();
    nowMs += 8 * 24 * 3600 * 1000;
    await portal.accounts.sweep();
    const accounts = accountQueries(portal.store);
    expect(await accounts.selectFrom('sessions').selectAll().execute()).toEqual([]);
    expect(await accounts.selectFrom('verifications').selectAll().execute()).toEqual([]);
    expect((await portal.audit()).at(-1)).toMatchObject({ actor: 'system', action: 'session.end' });
  });

  it('are extended by use, at most once a day, and say so in the audit trail', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    const accounts = accountQueries(portal.store);
    const endOf = async () => {
      const row = await accounts.selectFrom('sessions').select('expires_at').executeTakeFirstOrThrow();
      return new Date(row.expires_at).getTime();
    };
    const first = await endOf();
    await browser.get('/get-session');
    expect(await endOf()).toBe(first);
    await accounts
      .updateTable('sessions')
      .set({ expires_at: new Date(first - 25 * 3600 * 1000) })
      .execute();
    await browser.get('/get-session');
    expect(browser.setCookies.join()).toMatch(/^lencana-[0-9a-f]{8}\.session_token=/m);
    expect(await endOf()).toBeGreaterThanOrEqual(first);
    expect(await portal.accounts.sessionFrom(browser.headers())).not.toBeNull();
    expect((await portal.audit()).at(-1)).toMatchObject({ actor: 'user', action: 'session.extend' });
  });

  it('last a day and go with the browser for who asks not to be remembered', async () => {
    let nowMs = Date.now();
    portal = await openPortal(dialect, { nowMs: () => nowMs });
    await setUp(portal);
    const browser = portal.browser();
    await browser.post('/sign-in/email', { email: EMAIL, password: PASSWORD, rememberMe: false });
    expect(browser.setCookies.join()).not.toMatch(/max-age=[1-9]/i);
    expect(await portal.accounts.sessionFrom(browser.headers())).not.toBeNull();
    nowMs += 24 * 3600 * 1000 + 60_000;
    expect(await portal.accounts.sessionFrom(browser.headers())).toBeNull();
  });
});
