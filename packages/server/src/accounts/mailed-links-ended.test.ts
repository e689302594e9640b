/** A mailed link ends with the password that was set when it was mailed, whoever changes it, and with a deactivation. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type Browser,
  DIALECTS,
  linkValue,
  OPERATOR_ACTOR,
  OTHER_PASSWORD,
  openPortal,
  PASSWORD,
  type Portal,
} from './portal-under-test.ts';

const EMAIL = 'ayu@example.com';
const CHANGED = 'Third-Words-3-Anchor';
const DEAD = { status: 400, body: { code: 'INVALID_TOKEN' } };

/** Does this once, when the next transaction is about to begin. */
function afterUse({ kysely }: Portal['store'], act: () => Promise<unknown>): void {
  const { transaction } = kysely;
  vi.spyOn(kysely, 'transaction').mockImplementationOnce(() => {
    const builder = transaction.call(kysely);
    const { execute } = builder;
    builder.execute = async (work) => {
      await act();
      return execute.call(builder, work) as never;
    };
    return builder;
  });
}

describe.each(DIALECTS)('mailed links on %s', (dialect) => {
  let portal: Portal;
  afterEach(() => portal.close());

  const open = async () => {
    portal = await openPortal(dialect, { mail: 'works', signUp: { mode: 'open' } });
    for (const email of [EMAIL, 'budi@example.com']) {
      const draft = {
        name: 'A',
        email,
        phoneNumber: null,
        role: 'administrator',
        password: PASSWORD,
      } as const;
      await portal.accounts.users.create(draft, OPERATOR_ACTOR);
    }
  };
  const tokenOf = async (path: 'verify-email' | 'reset-password') => {
    await portal.accounts.settled();
    const links = (portal.smtp?.mails ?? []).flatMap((mail) => mail.links);
    return linkValue(
      links.filter((link) => link.includes(`/${path}#`)).at(-1) ?? 'about:no-such-mail',
      'token',
    );
  };
  const signIn = (browser: Browser, password: string) =>
    browser.post('/sign-in/email', { email: EMAIL, password });

  const endings: Record<string, () => Promise<unknown>> = {
    'the owner changes the password': async () => {
      const browser = portal.browser();
      await signIn(browser, PASSWORD);
      const change = { currentPassword: PASSWORD, newPassword: CHANGED };
      expect((await browser.post('/change-password', change)).status).toBe(200);
    },
    'an operator resets the password': () =>
      portal.accounts.users.resetPassword(EMAIL, CHANGED, OPERATOR_ACTOR),
    'another link is used': async () => {
      await portal.browser().post('/request-password-reset', { email: EMAIL });
      const reset = { token: await tokenOf('reset-password'), newPassword: CHANGED };
      expect((await portal.browser().post('/reset-password', reset)).status).toBe(200);
    },
    'the account is deactivated, and opened again': async () => {
      await portal.accounts.users.edit(EMAIL, { active: false }, OPERATOR_ACTOR);
      await portal.accounts.users.edit(EMAIL, { active: true }, OPERATOR_ACTOR);
    },
  };

  it.each(Object.keys(endings))('end when %s', async (ending) => {
    await open();
    await portal.browser().post('/request-password-reset', { email: EMAIL });
    const token = await tokenOf('reset-password');
    expect((await portal.browser().post('/read-reset-link', { token })).status).toBe(200);
    await endings[ending]?.();
    expect(await portal.browser().post('/read-reset-link', { token })).toMatchObject(DEAD);
    expect(
      await portal.browser().post('/reset-password', { token, newPassword: OTHER_PASSWORD }),
    ).toMatchObject(DEAD);
    expect((await signIn(portal.browser(), OTHER_PASSWORD)).status).toBe(401);
  });

  it('end too when they only confirm an address, with a password that an operator has set since', async () => {
    await open();
    const form = { name: 'Cy', email: 'cy@example.com', password: PASSWORD, phoneNumber: '+628123456789' };
    await portal.browser().post('/sign-up/email', form);
    const token = await tokenOf('verify-email');
    await portal.accounts.users.resetPassword(form.email, CHANGED, OPERATOR_ACTOR);
    expect(await portal.browser().post('/verify-email', { token, password: CHANGED })).toMatchObject(DEAD);
    const signedIn = { email: form.email, password: CHANGED };
    expect((await portal.browser().post('/sign-in/email', signedIn)).status).toBe(401);
  });

  it('give way to a password that was set while the new one was being prepared', async () => {
    await open();
    await portal.browser().post('/request-password-reset', { email: EMAIL });
    const token = await tokenOf('reset-password');
    // Between the use of the link and the change that it is used for.
    const reset = () => portal.accounts.users.resetPassword(EMAIL, CHANGED, OPERATOR_ACTOR);
    afterUse(portal.store, reset);
    const answer = await portal.browser().post('/reset-password', { token, newPassword: OTHER_PASSWORD });
    expect(answer).toMatchObject(DEAD);
    expect((await signIn(portal.browser(), OTHER_PASSWORD)).status).toBe(401);
    expect((await signIn(portal.browser(), CHANGED)).status).toBe(200);
  });
});
