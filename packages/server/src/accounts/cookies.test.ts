/** Sign-in among cookies that are not ours: other programs', other deployments', ended and made-up ones. Both engines. */
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthenticator } from './authenticator-under-test.ts';
import { cookieNames, signedCookie, signedValues } from './cookies.ts';
import { type Browser, DIALECTS, openPortal, PASSWORD, type Portal, setUp } from './portal-under-test.ts';

const EMAIL = 'admin@example.com';

describe('the names of cookies', () => {
  it('hold the deployment’s id, and over https begin with __Host- alone', () => {
    expect(cookieNames(false, '0a1b2c3d').session).toBe('lencana-0a1b2c3d.session_token');
    expect(cookieNames(true, '0a1b2c3d').session).toBe('__Host-lencana-0a1b2c3d.session_token');
  });
});

describe('cookies of one name', () => {
  const name = 'lencana-0a1b2c3d.session_token';
  const good = signedCookie(name, 'good', 'secret');
  const other = signedCookie(name, 'other', 'secret');
  const strange = [
    `${name}=made.up`,
    `${name}=%`,
    `${name}=%FF.%C3`,
    `${name}="`,
    `${name}=`,
    name,
    '=',
    '',
    `${name} ${name}=x`,
    `${signedCookie(name, 'good', 'another secret')}`,
    `x${good}`,
    'sid="a;b\\"',
    'utf8=\u00e9\u0080\u00ff',
    '__proto__=x; constructor=y',
  ];

  it.each(strange)('that are not ours are passed over, before and after ours: %j', (cookie) => {
    expect(signedValues(`${cookie}; ${good}`, name, 'secret')).toEqual(['good']);
    expect(signedValues(`${good};${cookie}`, name, 'secret')).toEqual(['good']);
    expect(signedValues(cookie, name, 'secret')).toEqual([]);
  });

  it('come in the order of the browser, each once, and not without bound', () => {
    expect(signedValues(`${other}; ${good}; ${other}`, name, 'secret')).toEqual(['other', 'good']);
    const many = Array.from({ length: 100 }, (_, at) => signedCookie(name, `value ${at}`, 'secret'));
    expect(signedValues(many.join('; '), name, 'secret')).toHaveLength(8);
  });
});

describe.each(DIALECTS)('a browser on %s', (dialect) => {
  let portal: Portal;
  afterEach(() => portal.close());

  const sessionCookie = (browser: Browser) =>
    [...browser.cookies].find(([name]) => name.endsWith('.session_token')) ?? ['', ''];
  const whoIs = async (cookie: string) => {
    const read = await portal.accounts.sessionFrom(new Headers({ cookie }));
    const answer = await portal.browser().get('/get-session', { cookie });
    const { user } = answer.body as { user?: { email?: string } };
    // Both doors say the same of it: our own reader and better-auth behind the gate.
    expect([answer.status, user?.email]).toEqual([200, read?.user.email]);
    return read?.user.email;
  };

  it('stays signed in with a garbage, a foreign or an ended cookie of our name before the good one', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    const [name, good] = sessionCookie(browser);
    const stranger = await openPortal(dialect);
    const foreign = sessionCookie(await setUp(stranger))[1];
    await stranger.close();
    const second = portal.browser();
    await second.post('/sign-in/email', { email: EMAIL, password: PASSWORD });
    const ended = sessionCookie(second)[1];
    await second.post('/sign-out', {});
    for (const before of ['made.up', '%E0%A4%A', foreign, ended]) {
      expect(await whoIs(`${name}=${before}; ${name}=${good}`)).toBe(EMAIL);
      expect(await whoIs(`sid=\u00e9\u0080; ${name}=${before}; ="; ${name}=${good}; last`)).toBe(EMAIL);
      expect(await whoIs(`${name}=${before}`)).toBeUndefined();
    }
    // What ends is the good session, whatever stands before it.
    await browser.post('/sign-out', {}, { cookie: `${name}=${ended}; ${name}=${good}` });
    expect(await whoIs(`${name}=${good}`)).toBeUndefined();
  });

  it('is signed in to two deployments on one host at once', async () => {
    portal = await openPortal(dialect);
    const other = await openPortal(dialect);
    const both = [sessionCookie(await setUp(portal)), sessionCookie(await setUp(other))];
    expect(both[0]?.[0]).not.toBe(both[1]?.[0]);
    const cookie = both.map(([name, value]) => `${name}=${value}`).join('; ');
    expect(await whoIs(cookie)).toBe(EMAIL);
    // Signing out of one takes only its own cookie away.
    const leaving = portal.browser();
    await leaving.post('/sign-out', {}, { cookie });
    expect(leaving.setCookies.length).toBeGreaterThan(0);
    for (const set of leaving.setCookies) expect(set).not.toContain(both[1]?.[0]);
    expect(await other.accounts.sessionFrom(new Headers({ cookie }))).not.toBeNull();
    await other.close();
  });

  it('keeps its session when the deployment is started again, and on another node', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    const node = await portal.anotherNode();
    expect(await node.accounts.sessionFrom(browser.headers())).not.toBeNull();
    await node.close();
  });

  it('over https has only what a __Host- cookie says', async () => {
    portal = await openPortal(dialect, { publicUrl: 'https://portal.example.com' });
    const [name, good] = sessionCookie(await setUp(portal));
    expect(name).toMatch(/^__Host-lencana-[0-9a-f]{8}\.session_token$/);
    expect(await whoIs(`${name}=${good}`)).toBe(EMAIL);
    const plain = name.replace('__Host-', '');
    for (const given of [plain, `__Secure-${plain}`]) {
      expect(await whoIs(`${given}=${good}`)).toBeUndefined();
    }
  });

  it('signs in by passkey with garbage and used-up challenges before its own', async () => {
    portal = await openPortal(dialect);
    const browser = await setUp(portal);
    const origin = 'http://localhost:8080';
    const device = createAuthenticator('localhost');
    const adding = (await browser.get('/passkey/generate-register-options')).body as { challenge: string };
    await browser.post('/passkey/verify-registration', { response: device.create(adding, origin) });
    const entering = portal.browser();
    const challenge = async () => {
      const { body } = await entering.get('/passkey/generate-authenticate-options');
      const [name, value] = [...entering.cookies].find(([key]) => key.endsWith('.passkey_challenge')) ?? [];
      return { body: body as { challenge: string }, cookie: `${name}=${value}`, name };
    };
    const enter = (body: { challenge: string }, cookie: string) =>
      entering.post('/passkey/verify-authentication', { response: device.get(body, origin) }, { cookie });
    const old = await challenge();
    expect((await enter(old.body, old.cookie)).status).toBe(200);
    const own = await challenge();
    const answer = await enter(own.body, `sid=\u00ff; ${own.name}=made.up; ${old.cookie}; ${own.cookie}`);
    expect([answer.status, answer.body]).toEqual([200, expect.anything()]);
  });
});
