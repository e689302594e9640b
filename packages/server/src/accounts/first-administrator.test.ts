/**
 * The first account administers, and only the operator can make it: from this very machine, or with the
 * set-up code.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { DIALECTS, form, openPortal, type Portal, SETUP_CODE, setUp } from './portal-under-test.ts';

const AWAY = { address: '203.0.113.7', forwarded: false };

async function roleOf(portal: Portal, email: string): Promise<string | undefined> {
  const query = portal.store.kysely.selectFrom('users').select('role').where('email', '=', email);
  return (await query.executeTakeFirst())?.role;
}

describe.each(DIALECTS)('the first administrator on %s', (dialect) => {
  let portal: Portal;
  afterEach(() => portal.close());

  it('is whoever signs up first from this machine, and nobody after', async () => {
    portal = await openPortal(dialect);
    const local = { address: '127.0.0.1', forwarded: false };
    expect(await portal.accounts.setupState(local)).toBe('loopback');
    expect((await portal.browser().post('/sign-up/email', form('one@example.com'))).status).toBe(200);
    expect(await portal.accounts.setupState(local)).toBe('done');
    expect((await portal.browser().post('/sign-up/email', form('two@example.com'))).status).toBe(200);
    expect(await roleOf(portal, 'one@example.com')).toBe('administrator');
    expect(await roleOf(portal, 'two@example.com')).toBe('member');
  });

  it.each([
    ['the peer is another machine', AWAY, {}],
    ['a proxy forwarded the request', { address: '127.0.0.1', forwarded: true }, {}],
    [
      'the request has X-Forwarded-For',
      { address: '127.0.0.1', forwarded: false },
      { 'x-forwarded-for': '127.0.0.1' },
    ],
    ['the request has Forwarded', { address: '::1', forwarded: false }, { forwarded: 'for=127.0.0.1' }],
    [
      'the request has X-Real-IP',
      { address: '::ffff:127.0.0.1', forwarded: false },
      { 'x-real-ip': '127.0.0.1' },
    ],
    ['the peer has no address', { address: '', forwarded: false }, {}],
  ])('needs the set-up code when %s', async (_case, peer, headers: Record<string, string>) => {
    portal = await openPortal(dialect);
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

  it('needs the set-up code on this machine too when the public URL is elsewhere', async () => {
    portal = await openPortal(dialect, { publicUrl: 'https://portal.example.com' });
    expect(await portal.accounts.setupState({ address: '127.0.0.1', forwarded: false })).toBe('code');
    const answer = await portal.browser().post('/sign-up/email', form('one@example.com'));
    expect(answer.body).toMatchObject({ code: 'SETUP_CODE_REQUIRED' });
  });

  it('is one of two who sign up in the same moment on two nodes', async () => {
    portal = await openPortal(dialect);
    const other = await portal.anotherNode();
    const answers = await Promise.all([
      portal.browser().post('/sign-up/email', form('one@example.com')),
      other.browser().post('/sign-up/email', form('two@example.com')),
      portal.browser().post('/sign-up/email', form('three@example.com')),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const roles = await portal.store.kysely.selectFrom('users').select('role').orderBy('role').execute();
    expect(roles.map(({ role }) => role)).toEqual(['administrator', 'member', 'member']);
    await other.close();
  });

  it('leaves the second of two racing first sign-ups out where accounts need an invitation', async () => {
    portal = await openPortal(dialect, { signUp: { mode: 'invitation' } });
    const answers = await Promise.all(
      ['one', 'two'].map((name) => portal.browser().post('/sign-up/email', form(`${name}@example.com`))),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 403]);
    expect(await portal.store.kysely.selectFrom('users').selectAll().execute()).toHaveLength(1);
  });

  it('once decided stays decided when the account is gone', async () => {
    portal = await openPortal(dialect);
    await setUp(portal);
    await portal.store.kysely.deleteFrom('users').execute();
    const fresh = await portal.anotherNode();
    expect(await fresh.accounts.setupState({ address: '127.0.0.1', forwarded: false })).toBe('done');
    await fresh.browser().post('/sign-up/email', form('late@example.com', { setupCode: SETUP_CODE }));
    expect(await roleOf(portal, 'late@example.com')).toBe('member');
    await fresh.close();
  });

  it('is decided too by the operator who makes or promotes one', async () => {
    portal = await openPortal(dialect);
    const draft = { name: 'Budi', phoneNumber: null, password: 'Correct-Horse-1-Battery' };
    await portal.accounts.users.create({ ...draft, email: 'member@example.com', role: 'member' });
    expect(await portal.accounts.setupState({ address: '127.0.0.1', forwarded: false })).toBe('loopback');
    await portal.accounts.users.edit('member@example.com', { role: 'administrator' });
    expect(await portal.accounts.setupState({ address: '127.0.0.1', forwarded: false })).toBe('done');
  });

  it('cannot be won by guessing codes: an address that guesses ten times waits', async () => {
    portal = await openPortal(dialect);
    const browser = portal.browser(AWAY);
    const statuses: number[] = [];
    for (let guess = 0; guess < 11; guess += 1) {
      const answer = await browser.post(
        '/sign-up/email',
        form('x@example.com', { setupCode: `AAAA-AAAA-AAAA-${guess}` }),
      );
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([...Array(10).fill(403), 429]);
    const right = await browser.post('/sign-up/email', form('x@example.com', { setupCode: SETUP_CODE }));
    expect(right).toMatchObject({ status: 429, body: { code: 'TOO_MANY_REQUESTS' } });
    expect(Number(right.headers.get('retry-after'))).toBeGreaterThan(0);
    const elsewhere = portal.browser({ address: '198.51.100.9', forwarded: false });
    expect(
      (await elsewhere.post('/sign-up/email', form('x@example.com', { setupCode: SETUP_CODE }))).status,
    ).toBe(200);
  });
});
