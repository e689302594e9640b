/**
 * A page that was drawn for one account does nothing with the session of another, whatever it calls. One engine: nothing here is
 * the database's.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Browser, form, openPortal, type Portal, setUp } from './portal-under-test.ts';
import { createRoutes, type RouteSettings } from './routes.ts';
import { ACCOUNT_HEADER } from './sessions.ts';

/** Every request that is answered below /api/auth, so that one to come is tried as well. */
const requests = [...createRoutes({} as RouteSettings).keys()].map((request) => request.split(' '));

let portal: Portal;
let browser: Browser;
let ownId: string;
let otherId: string;

beforeAll(async () => {
  portal = await openPortal('sqlite');
  const administrator = await setUp(portal);
  otherId = await idOf(administrator);
  browser = portal.browser();
  await browser.post('/sign-up/email', form('budi@example.com'));
  ownId = await idOf(browser);
});

afterAll(() => portal.close());

const idOf = async (signedIn: Browser) =>
  (await portal.accounts.sessionFrom(signedIn.headers()))?.user.id ?? '';

const ask = (method = '', path = '', account = '') =>
  method === 'GET'
    ? browser.get(path, { [ACCOUNT_HEADER]: account })
    : browser.post(path, {}, { [ACCOUNT_HEADER]: account });

describe.each(requests)('%s %s', (method, path) => {
  it('is refused for a page of another account, and does nothing', async () => {
    const before = await portal.audit();
    for (const account of [otherId, 'x', `${ownId}, ${otherId}`]) {
      const answer = await ask(method, path, account);
      expect(answer).toMatchObject({ status: 409, body: { code: 'ACCOUNT_CHANGED' } });
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect(await portal.audit()).toEqual(before);
    expect(await idOf(browser)).toBe(ownId);
  });
});

describe('a page of the account that is signed in', () => {
  it('is answered', async () => {
    expect(await ask('GET', '/list-sessions', ownId)).toMatchObject({ status: 200 });
    expect(await ask('POST', '/update-user', ownId)).not.toMatchObject({ status: 409 });
  });
});

describe('without a session', () => {
  it('the account that a page names opens nothing and is in nobody’s way', async () => {
    const stranger = portal.browser();
    const named = { [ACCOUNT_HEADER]: ownId };
    expect(await stranger.get('/list-sessions', named)).toMatchObject({ status: 401 });
    const { email, password } = form('budi@example.com');
    expect(await stranger.post('/sign-in/email', { email, password }, named)).toMatchObject({ status: 200 });
  });
});
