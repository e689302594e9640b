/**
 * The first account administers, and only whoever has the set-up code can make it. Where a request seems to come from counts for
 * nothing: behind a proxy everybody seems to be on this machine.
 */
import { afterEach, describe, expect, it } from 'vitest';
import {
  DIALECTS,
  form,
  OPERATOR_ACTOR,
  openPortal,
  type Portal,
  SETUP_CODE,
  setUp,
} from './portal-under-test.ts';

const AWAY = { address: '203.0.113.7' };
const withCode = (email: string) => form(email, { setupCode: SETUP_CODE });

async function roleOf(portal: Portal, email: string): Promise<string | undefined> {
  const query = portal.store.kysely.selectFrom('users').select('role').where('email', '=', email);
  return (await query.executeTakeFirst())?.role;
}

describe.each(DIALECTS)('the first administrator on %s', (dialect) => {
  let portal: Portal;
  afterEach(() => portal.close());

  it.each([
    ['this machine', { address: '127.0.0.1' }, {}],
    ['this machine by IPv6', { address: '::1' }, {}],
    ['a proxy on this machine that adds nothing', { address: '::ffff:127.0.0.1' }, {}],
    ['a proxy that adds X-Forwarded-For', { address: '127.0.0.1' }, { 'x-forwarded-for': '127.0.0.1' }],
    ['a proxy that adds Forwarded', { address: '::1' }, { forwarded: 'for=127.0.0.1' }],
    ['another machine', AWAY, {}],
    ['a socket file', { address: '' }, {}],
  ])('needs the set-up code from %s', async (_case, peer, headers: Record<string, string>) => {
    portal = await openPortal(dialect);
    expect(await portal.accounts.setupState()).toBe('code');
    const browser = portal.browser(peer);
    const without = await browser.post('/sign-up/email', form('one@example.com'), headers);
    expect(without).toMatchObject({ status: 403, body: { code: 'SETUP_CODE_REQUIRED' } });
    const wrong = await browser.post(
      '/sign-up/email',
      form('one@example.com', { setupCode: 'AAAA-AAAA-AAAA-AAAA' }),
      headers,
    );
    expect(wrong).toMatchObject({ status: 403, body: { code: 'SETUP_CODE_WRONG' } });
    expect(await roleOf(portal, 'one@example.com')).toBeUndefined();
    const typed = SETUP_CODE.toLowerCase().replaceAll('-', ' ');
    const right = await browser.post(
      '/sign-up/email',
      form('one@example.com', { setupCode: typed }),
      headers,
    );
    expect(right.status).toBe(200);
    expect(await roleOf(portal, 'one@example.com')).toBe('administrator');
  });

  it('is told by one link, until there is one: the code is in its fragment, and dies with its use', async () => {
    portal = await openPortal(dialect, { publicUrl: 'https://portal.example.com' });
    expect(await portal.accounts.setUpUrl()).toBe(`https://portal.example.com/sign-up#code=${SETUP_CODE}`);
    await setUp(portal);
    expect(await portal.accounts.setUpUrl()).toBeNull();
    await portal.browser().post('/sign-up/email', withCode('again@example.com'));
    expect(await roleOf(portal, 'again@example.com')).toBe('member');
  });

  it('is one of three who sign up in the same moment on two nodes, and the code makes no second one', async () => {
    portal = await openPortal(dialect);
    const other = await portal.anotherNode();
    const answers = await Promise.all([
      portal.browser().post('/sign-up/email', withCode('one@example.com')),
      other.browser().post('/sign-up/email', withCode('two@example.com')),
      portal.browser().post('/sign-up/email', withCode('three@example.com')),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const roles = await portal.store.kysely.selectFrom('users').select('role').orderBy('role').execute();
    expect(roles.map(({ role }) => role)).toEqual(['administrator', 'member', 'member']);
    await other.close();
  });

  it('leaves the second of two racing first sign-ups out where accounts need an invitation', async () => {
    portal = await openPortal(dialect, { signUp: { mode: 'invitation' } });
    const answers = await Promise.all(
      ['one', 'two'].map((name) => portal.browser().post('/sign-up/email', withCode(`${name}@example.com`))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
    expect(await portal.store.kysely.selectFrom('users').selectAll().execute()).toHaveLength(1);
  });

  it('once decided stays decided when the account is gone', async () => {
    portal = await openPortal(dialect);
    await setUp(portal);
    await portal.store.kysely.deleteFrom('users').execute();
    const fresh = await portal.anotherNode();
    expect(await fresh.accounts.setupState()).toBe('done');
    await fresh.browser().post('/sign-up/email', withCode('late@example.com'));
    expect(await roleOf(portal, 'late@example.com')).toBe('member');
    await fresh.close();
  });

  it('is decided too by the operator who makes or promotes one', async () => {
    portal = await openPortal(dialect);
    const draft = { name: 'Budi', phoneNumber: null, password: 'Correct-Horse-1-Battery' };
    await portal.accounts.users.create(
      { ...draft, email: 'member@example.com', role: 'member' },
      OPERATOR_ACTOR,
    );
    expect(await portal.accounts.setupState()).toBe('code');
    await portal.accounts.users.edit('member@example.com', { role: 'administrator' }, OPERATOR_ACTOR);
    expect(await portal.accounts.setupState()).toBe('done');
  });

  it('cannot be won by guessing: an address that guesses ten times waits, and whoever has the code does not', async () => {
    portal = await openPortal(dialect);
    const browser = portal.browser(AWAY);
    const guess = (code: string) =>
      browser.post('/sign-up/email', form('x@example.com', { setupCode: `AAAA-AAAA-AAAA-${code}` }));
    const statuses: number[] = [];
    for (let at = 0; at < 11; at += 1) statuses.push((await guess(String(at))).status);
    expect(statuses).toEqual([...Array(10).fill(403), 429]);
    const late = await guess('BBBB');
    expect(late).toMatchObject({ status: 429, body: { code: 'TOO_MANY_REQUESTS' } });
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    // From the very same address: behind a proxy that names nobody, strangers and the operator share one.
    const right = await browser.post('/sign-up/email', withCode('x@example.com'));
    expect(right.status).toBe(200);
  });
});
