/** Addresses of mail from sign-up to sign-in. Which ones there are, profile-rules.test.ts says. */
import { afterEach, describe, expect, it } from 'vitest';
import {
  DIALECTS,
  form,
  OTHER_PASSWORD,
  openPortal,
  PASSWORD,
  type Portal,
  setUp,
} from './portal-under-test.ts';

describe.each(DIALECTS)('an account on %s', (dialect) => {
  let portal: Portal;
  afterEach(() => portal?.close());

  // Every address that signs up signs in, also those that better-auth itself would refuse.
  it.each([
    ['root@localhost', 'root@localhost'],
    ["!#$%&'*+/=?^_`{|}~-@example.com", "!#$%&'*+/=?^_`{|}~-@example.com"],
    ['.a..b.@example.com', '.a..b.@example.com'],
    ['ayu@bücher.example', 'AYU@xn--bcher-kva.example'],
    ['ayu@почта.рф', 'ayu@xn--80a1acny.xn--p1ai'],
  ])('made as %j signs in as %j', async (typed, again) => {
    portal = await openPortal(dialect);
    await setUp(portal);
    const made = await portal.browser().post('/sign-up/email', form(typed));
    expect([made.status, made.body]).toEqual([200, expect.anything()]);
    for (const email of [typed, again]) {
      const browser = portal.browser();
      const signedIn = await browser.post('/sign-in/email', { email, password: PASSWORD });
      expect(signedIn).toMatchObject({ status: 200, body: { user: { email: again.toLowerCase() } } });
      expect((await portal.accounts.sessionFrom(browser.headers()))?.user.email).toBe(again.toLowerCase());
    }
    const twice = await portal.browser().post('/sign-up/email', form(again));
    expect(twice.body).toMatchObject({ code: 'USER_ALREADY_EXISTS' });
    const wrong = await portal.browser().post('/sign-in/email', { email: typed, password: OTHER_PASSWORD });
    expect(wrong.body).toMatchObject({ code: 'INVALID_EMAIL_OR_PASSWORD' });
  });

  it('is not found by the alias under which its address reaches better-auth', async () => {
    portal = await openPortal(dialect);
    await setUp(portal);
    const alias = `${Buffer.from('admin@example.com').toString('hex')}@alias.invalid`;
    const signedIn = await portal.browser().post('/sign-in/email', { email: alias, password: PASSWORD });
    expect(signedIn.body).toMatchObject({ code: 'INVALID_EMAIL_OR_PASSWORD' });
  });
});
