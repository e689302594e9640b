/** Who may sign up where not everybody may: by domain, by invitation. */
import { afterEach, describe, expect, it } from 'vitest';
import { AccountsConfigError } from './accounts.ts';
import {
  DIALECTS,
  form,
  linkValue,
  OPERATOR_ACTOR,
  openPortal,
  type Portal,
  type PortalOptions,
} from './portal-under-test.ts';

const OPERATOR = {
  name: 'Op',
  email: 'op@example.com',
  phoneNumber: null,
  role: 'administrator',
  password: 'Correct-Horse-1-Battery',
} as const;

describe.each(DIALECTS)('sign-up modes on %s', (dialect) => {
  let portal: Portal;
  afterEach(() => portal?.close());

  const open = async (options: PortalOptions) => {
    portal = await openPortal(dialect, options);
    await portal.accounts.users.create(OPERATOR, OPERATOR_ACTOR);
  };
  const signUp = (email: string, more = {}) => portal.browser().post('/sign-up/email', form(email, more));
  const roleOf = async (email: string) =>
    (
      await portal.store.kysely
        .selectFrom('users')
        .select('role')
        .where('email', '=', email)
        .executeTakeFirst()
    )?.role;
  const invite = async (email: string | null, role: 'administrator' | 'member' | 'viewer' = 'member') => {
    const { url } = await portal.accounts.invite({ email, role }, OPERATOR_ACTOR);
    expect(url).toMatch(/^http:\/\/localhost:8080\/sign-up#invitation=[\w-]{27}$/);
    return linkValue(url, 'invitation');
  };

  it('domains: takes addresses of exactly those domains', async () => {
    await open({ mail: 'works', signUp: { mode: 'domains', domains: ['example.com', 'example.org'] } });
    for (const email of [
      'a@example.net',
      'a@sub.example.com',
      'a@notexample.com',
      'a@example.com.evil.net',
    ]) {
      expect(await signUp(email)).toMatchObject({
        status: 403,
        body: {
          code: 'SIGN_UP_DOMAIN_REFUSED',
          message: 'Use an e-mail address at example.com or example.org.',
        },
      });
    }
    expect((await signUp('a@Example.ORG')).status).toBe(200);
    expect(await roleOf('a@example.org')).toBe('member');
  });

  it('domains: refuses to start without a mail server, and says what to set', async () => {
    portal = await openPortal(dialect);
    const opening = portal.anotherNode({ signUp: { mode: 'domains', domains: ['example.com'] } });
    await expect(opening).rejects.toThrow(AccountsConfigError);
    await expect(opening).rejects.toThrow('LENCANA_SMTP_URL');
  });

  it('invitation: takes nobody without one', async () => {
    await open({ signUp: { mode: 'invitation' } });
    expect(await signUp('a@example.com')).toMatchObject({
      status: 403,
      body: { code: 'INVITATION_REQUIRED' },
    });
    for (const invitation of ['x', 'A'.repeat(27), '%00']) {
      expect(await signUp('a@example.com', { invitation })).toMatchObject({
        body: { code: 'INVITATION_INVALID' },
      });
    }
    expect(await roleOf('a@example.com')).toBeUndefined();
  });

  it('invitation: works once, with its role, for its address alone', async () => {
    await open({ signUp: { mode: 'invitation' } });
    const invitation = await invite('Guest@example.com', 'viewer');
    expect(await signUp('other@example.com', { invitation })).toMatchObject({
      status: 403,
      body: { code: 'INVITATION_FOR_ANOTHER_ADDRESS' },
    });
    expect((await signUp('guest@example.com', { invitation })).status).toBe(200);
    expect(await roleOf('guest@example.com')).toBe('viewer');
    expect(await signUp('guest2@example.com', { invitation })).toMatchObject({
      body: { code: 'INVITATION_INVALID' },
    });
    const rows = JSON.stringify(
      await portal.store.kysely
        .withTables<{ invitations: object }>()
        .selectFrom('invitations')
        .selectAll()
        .execute(),
    );
    expect(rows).not.toContain(invitation);
    expect(JSON.stringify(await portal.audit())).not.toContain(invitation);
    expect((await portal.audit()).map(({ action }) => action)).toContain('invitation.use');
  });

  it('invitation: works once when two use it in the same moment', async () => {
    await open({ signUp: { mode: 'invitation' } });
    const invitation = await invite(null);
    const answers = await Promise.all(
      ['one', 'two'].map((name) => signUp(`${name}@example.com`, { invitation })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
    expect(await portal.store.kysely.selectFrom('users').selectAll().execute()).toHaveLength(2);
  });

  it('invitation: is not used up by a sign-up that fails', async () => {
    await open({ signUp: { mode: 'invitation' } });
    const invitation = await invite(null);
    expect(await signUp('op@example.com', { invitation })).toMatchObject({
      body: { code: 'USER_ALREADY_EXISTS' },
    });
    expect(await signUp('a@example.com', { invitation, password: 'weak' })).toMatchObject({ status: 422 });
    expect((await signUp('a@example.com', { invitation })).status).toBe(200);
  });

  it('invitation: is used up with mail whether the address has an account or not, so it tells nothing', async () => {
    await open({ mail: 'works', signUp: { mode: 'invitation' } });
    for (const email of ['op@example.com', 'new@example.com']) {
      const invitation = await invite(null);
      expect((await signUp(email, { invitation })).status).toBe(200);
      expect(await signUp('later@example.com', { invitation })).toMatchObject({
        body: { code: 'INVITATION_INVALID' },
      });
    }
  });

  it('invitation: ends after seven days', async () => {
    let nowMs = Date.now();
    await open({ signUp: { mode: 'invitation' }, nowMs: () => nowMs });
    const [one, other] = [await invite(null), await invite(null)];
    nowMs += 7 * 24 * 3600 * 1000 - 1000;
    expect((await signUp('a@example.com', { invitation: one })).status).toBe(200);
    nowMs += 1000;
    expect(await signUp('b@example.com', { invitation: other })).toMatchObject({
      body: { code: 'INVITATION_INVALID' },
    });
  });

  it('invitation: is mailed where there is a mail server', async () => {
    await open({ mail: 'works', signUp: { mode: 'invitation' } });
    const { url, mailed } = await portal.accounts.invite(
      { email: 'guest@example.com', role: 'member' },
      OPERATOR_ACTOR,
    );
    await portal.accounts.settled();
    expect(mailed).toBe(true);
    expect(portal.smtp?.mails.at(-1)).toMatchObject({ to: 'guest@example.com', links: [url] });
  });
});
