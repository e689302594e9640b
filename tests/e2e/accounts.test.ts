import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { budi, type Client, type Person, signIn, signUp } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser, type Window } from './browser.ts';
import {
  addPasskey,
  enterPortal,
  field,
  fillSignIn,
  gone,
  newTokenButton,
  profileButton,
  signInInPortal,
  signInPage,
  signOutInPortal,
  visible,
} from './portal.ts';
import { builtPortal } from './portal-build.ts';

let server: ServerProcess;
let browser: TestBrowser;

beforeAll(async () => {
  await builtPortal();
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

let people = 0;

/** Somebody new, so that no test depends on another's. */
function somebody(): Person {
  people += 1;
  return { ...budi, name: `Person ${people}`, email: `person${people}@example.com` };
}

describe('signing in', () => {
  let page: Page;
  let person: Person;

  beforeEach(async () => {
    person = somebody();
    await signUp(server, person);
    const opened = await browser.openWindow();
    page = opened.page;
    return () => opened.context.close();
  });

  test('a wrong password and an unknown address get the same answer, and the right password works', async () => {
    await page.goto(`${server.publicUrl}/sign-in`);
    await fillSignIn(page, { ...person, password: 'Wrong-Horse-7-Battery' });
    const refused = page.getByText('The email address or the password is wrong.');
    await visible(refused);
    await fillSignIn(page, { ...person, email: 'nobody@example.com' });
    await visible(refused);
    await fillSignIn(page, person);
    await visible(profileButton(page, person));
  });

  test('leads back to the page that a link was for', async () => {
    await page.goto(`${server.publicUrl}/api-overview/token`);
    await visible(signInPage(page));
    await fillSignIn(page, person);
    await visible(newTokenButton(page));
    expect(new URL(page.url()).pathname).toBe('/api-overview/token');
  });

  test.each(['https://evil.example/', '//evil.example', '/\\evil.example', 'javascript:alert(1)'])(
    'does not lead to %s, however the link was made',
    async (target) => {
      await page.goto(`${server.publicUrl}/api-overview/token`);
      await visible(signInPage(page));
      const address = new URL(page.url());
      for (const name of [...address.searchParams.keys(), 'to', 'next', 'return']) {
        address.searchParams.set(name, target);
      }
      await page.goto(address.href);
      await fillSignIn(page, person);
      await visible(profileButton(page, person));
      expect(new URL(page.url()).origin).toBe(server.publicUrl);
    },
  );

  test('out ends the session: Back shows nothing of it, and the cookie is dead on the server', async () => {
    await signInInPortal(page, server, person);
    await page.goto(`${server.publicUrl}/profile`);
    await visible(page.getByRole('heading', { name: 'My Profile' }));
    const cookies = await page.context().cookies(server.publicUrl);
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    await signOutInPortal(page, person);
    await page.goBack();
    await visible(signInPage(page));
    const kept = await fetch(new URL('/api/v1/me', server.localUrl), { headers: { cookie } });
    expect(kept.status).toBe(401);
  });

  test('the session cookie is out of scripts’ reach and is not sent along by other sites', async () => {
    await signInInPortal(page, server, person);
    const cookies = await page.context().cookies(server.publicUrl);
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
    expect(await page.evaluate('document.cookie')).toBe('');
  });

  test('a forgotten password has a page that says what to do', async () => {
    await page.goto(`${server.publicUrl}/sign-in`);
    await page.getByRole('link', { name: 'Forgot password?' }).click();
    await visible(page.getByRole('heading', { name: 'Forgot password' }));
    await page.getByLabel('Email Address').fill(person.email);
    await page.getByRole('button', { name: 'Ask the operator' }).click();
    await visible(page.getByRole('heading', { name: 'Ask your operator' }));
    expect(server.stderr()).toContain(`lencana user reset-password --email ${person.email}`);
    const reset = await server.cli(
      ['user', 'reset-password', '--email', person.email, '--password-stdin'],
      'Operator-Made-This-1',
    );
    expect(reset.code, reset.stderr).toBe(0);
    await signInInPortal(page, server, { ...person, password: 'Operator-Made-This-1' });
  });
});

describe('My Profile', () => {
  let window: Window;
  let page: Page;
  let person: Person;
  let client: Client;

  beforeEach(async () => {
    person = somebody();
    client = await signUp(server, person);
    window = await browser.openWindow();
    page = window.page;
    await enterPortal(window.context, server, client);
    await page.goto(server.publicUrl);
    await profileButton(page, person).click();
    await page.getByRole('menuitem', { name: 'My Profile' }).click();
    await visible(page.getByRole('heading', { name: 'My Profile' }));
    return () => window.context.close();
  });

  test('a new name shows in the corner at once and after a reload', async () => {
    const renamed = { ...person, name: `${person.name} Baru` };
    await field(page, 'Full Name').fill(renamed.name);
    await field(page, 'Phone Number').fill('+62 811 1111 111');
    await page.getByRole('button', { name: 'Save' }).click();
    await visible(page.getByText('Your profile has been saved'));
    await visible(profileButton(page, renamed));
    await page.reload();
    await visible(profileButton(page, renamed));
    expect((await client.call('GET', '/api/v1/me')).body).toMatchObject({
      user: { name: renamed.name, phone_number: '+628111111111' },
    });
  });

  test('a new password ends every other session, and only it signs in from then on', async () => {
    const elsewhere = await signIn(server, person);
    await field(page, 'Current password').fill('Not-The-Password-1');
    await field(page, 'New password').fill('Brand-New-Secret-42');
    await page.getByRole('button', { name: 'Change password' }).click();
    await visible(page.getByText('This is not the password of your account.'));
    expect((await elsewhere.call('GET', '/api/v1/me')).status).toBe(200);
    await field(page, 'Current password').fill(person.password);
    await field(page, 'New password').fill('Brand-New-Secret-42');
    await page.getByRole('button', { name: 'Change password' }).click();
    await visible(page.getByText(/Your password has been changed/));
    expect((await elsewhere.call('GET', '/api/v1/me')).status).toBe(401);
    await expect(signIn(server, person)).rejects.toThrow('refused');
    await signIn(server, { ...person, password: 'Brand-New-Secret-42' });
    await page.reload();
    await visible(page.getByRole('heading', { name: 'My Profile' }));
  });

  test('a session ended here is over in the other browser with its next click', async () => {
    const other = await browser.openWindow();
    await signInInPortal(other.page, server, person);
    await page.reload();
    const end = page.getByRole('button', { name: /^End the session of/ });
    await visible(end);
    await visible(page.getByText('This session', { exact: true }));
    await end.first().click();
    await visible(page.getByText('The session has ended'));
    await profileButton(other.page, person).click();
    await other.page.getByRole('menuitem', { name: 'My Profile' }).click();
    await visible(signInPage(other.page));
    await other.context.close();
    await page.reload();
    await visible(page.getByRole('heading', { name: 'My Profile' }));
  });

  test('all other sessions end at once', async () => {
    const others = [await signIn(server, person), await signIn(server, person)];
    await page.reload();
    await page.getByRole('button', { name: 'End all other sessions' }).click();
    await visible(page.getByText('All other sessions have ended'));
    for (const other of others) expect((await other.call('GET', '/api/v1/me')).status).toBe(401);
    expect((await client.call('GET', '/api/v1/me')).status).toBe(200);
  });

  test('a passkey is added, signs in without the password, and no longer does once deleted', async () => {
    const authenticator = await addPasskey(window, server, 'test laptop');
    // Untouched while the page opens: it offers passkeys to the browser's autofill, which would sign in by itself.
    await authenticator.touched(false);

    await signOutInPortal(page, person);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await authenticator.touched(true);
    await visible(profileButton(page, person));

    await page.goto(`${server.publicUrl}/profile`);
    await page.getByRole('button', { name: 'Delete the passkey test laptop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await visible(page.getByText('The passkey has been deleted'));
    await gone(page.getByText('test laptop'));
    await authenticator.touched(false);
    await signOutInPortal(page, person);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await authenticator.touched(true);
    await visible(page.getByText(/This passkey is not known here|No passkey was used/));
    expect(await profileButton(page, person).count()).toBe(0);
  });
});
