/**
 * Every mail that the product sends, opened by what opens mails before people do: scanners, previews, browsers that
 * fetch ahead. Found from the mail texts: a new one fails here until it is provoked.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { accountQueries } from '../store/accounts/account-tables.ts';
import { createAuthenticator } from './authenticator-under-test.ts';
import { MAIL_TEXTS, type MailText } from './mail-texts.ts';
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
} from './portal-under-test.ts';

const EMAIL = 'ayu@example.com';
const ORIGIN = 'http://localhost:8080';
const TABLES = ['users', 'accounts', 'sessions', 'passkeys', 'verifications', 'invitations'] as const;

describe.each(DIALECTS)('opening a mailed link on %s', (dialect) => {
  let portal: Portal;
  afterEach(() => portal.close());

  const signedIn = async (): Promise<Browser> => {
    const browser = portal.browser();
    await browser.post('/sign-in/email', { email: EMAIL, password: PASSWORD });
    return browser;
  };
  const addPasskey = async (browser: Browser) => {
    const { body } = await browser.get('/passkey/generate-register-options');
    const response = createAuthenticator('localhost').create(body as { challenge: string }, ORIGIN);
    return browser.post('/passkey/verify-registration', { response, name: 'Laptop' });
  };
  const askReset = async () => {
    await portal.browser().post('/request-password-reset', { email: EMAIL });
    await portal.accounts.settled();
  };
  const provoked: Record<keyof typeof MAIL_TEXTS, () => Promise<unknown>> = {
    verifyEmail: () => portal.browser().post('/sign-up/email', form('new@example.com')),
    resetPassword: askReset,
    passwordChanged: async () =>
      (await signedIn()).post('/change-password', { currentPassword: PASSWORD, newPassword: OTHER_PASSWORD }),
    passwordReset: async () => {
      await askReset();
      const token = linkValue(portal.smtp?.mails.at(-1)?.links[0] ?? '', 'token');
      await portal.browser().post('/reset-password', { token, newPassword: OTHER_PASSWORD });
    },
    passkeyAdded: async () => addPasskey(await signedIn()),
    passkeyRemoved: async () => {
      const browser = await signedIn();
      const { id } = (await addPasskey(browser)).body;
      await browser.post('/passkey/delete-passkey', { id });
    },
    accountExists: () => portal.browser().post('/sign-up/email', form(EMAIL)),
    invitation: () => portal.accounts.invite({ email: 'guest@example.com', role: 'member' }, OPERATOR_ACTOR),
  };

  it.each(Object.keys(MAIL_TEXTS) as (keyof typeof MAIL_TEXTS)[])('changes nothing: %s', async (text) => {
    portal = await openPortal(dialect, { mail: 'works', signUp: { mode: 'open' } });
    const owner = { name: 'Ayu', email: EMAIL, phoneNumber: null, role: 'administrator' } as const;
    await portal.accounts.users.create({ ...owner, password: PASSWORD }, OPERATOR_ACTOR);
    await provoked[text]();
    await portal.accounts.settled();
    const mail = portal.smtp?.mails.at(-1);
    const [said = ''] = (MAIL_TEXTS[text] as (portal: string, count: number) => MailText)(
      'Service Portal AI',
      0,
    ).paragraphs;
    expect(mail?.text.replace(/\s+/g, ' ')).toContain(said.slice(0, 60));
    expect(mail?.headers['auto-submitted']).toBe('auto-generated');
    expect(mail?.links).toHaveLength(1);
    const link = new URL(mail?.links[0] ?? '');
    // A page of the portal, and nothing in what a browser sends.
    expect(link.origin).toBe(ORIGIN);
    expect(link.pathname).toMatch(/^\/(?:sign-in|sign-up|verify-email|reset-password)$/);
    expect(link.search).toBe('');
    const before = await everything();
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      for (const path of ['', '/api/auth']) {
        for (const search of ['', link.hash.replace('#', '?')])
          await open(method, path + link.pathname + search);
      }
    }
    expect(await everything()).toEqual(before);
  });

  const everything = async () =>
    Promise.all(TABLES.map((table) => accountQueries(portal.store).selectFrom(table).selectAll().execute()));

  const open = async (method: string, path: string) => {
    const headers = { purpose: 'prefetch', 'sec-purpose': 'prefetch', 'user-agent': 'a scanner of mails' };
    const request = new Request(new URL(path, ORIGIN), { method, headers });
    const answer = await portal.accounts.handler(request, { address: '203.0.113.9' });
    expect(answer.status).toBeGreaterThanOrEqual(400);
  };
});
