/** The first load of the portal, the set-up link, and what somebody without an invitation is told, in a real browser. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { ayu, budi, type Person, setUpCode, signIn, signUp } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import { field, pageMemory, profileButton, signInPage, signOutInPortal, visible } from './portal.ts';
import { builtPortal } from './portal-build.ts';

let browser: TestBrowser;
let page: Page;
let said: string[];

beforeAll(async () => {
  await builtPortal();
  browser = await launchBrowser();
});

afterAll(() => browser?.close());

beforeEach(async () => {
  const opened = await browser.openWindow();
  page = opened.page;
  said = [];
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(String(error)));
  return () => opened.context.close();
});

/** With the settings as they are by default: the tests' own servers let everybody sign up. */
async function started(): Promise<ServerProcess> {
  const server = await startServer({ env: { LENCANA_SIGN_UP: '' } });
  onTestFinished(() => server.kill());
  return server;
}

async function fillSignUp(person: Person): Promise<void> {
  await field(page, 'Full Name').fill(person.name);
  await field(page, 'Email Address').fill(person.email);
  await field(page, 'Password').fill(person.password);
  await field(page, 'Phone Number').fill(person.phoneNumber);
  await page.getByRole('button', { name: 'Sign Up' }).click();
}

const codeField = () => field(page, 'Set-up code');

describe('the set-up link', () => {
  test('is all that the first administrator opens: its code leaves the address and shows nowhere', async () => {
    const server = await started();
    const code = setUpCode(server).setupCode ?? '';
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url(), request.headers().referer ?? ''));
    await page.goto(server.setUpUrl() ?? '');
    await visible(page.getByText(/becomes the administrator/));
    expect(page.url()).toBe(`${server.publicUrl}/sign-up`);
    expect(await codeField().count()).toBe(0);
    expect(await pageMemory(page)).not.toContain(code);
    await fillSignUp(ayu);
    await visible(profileButton(page, ayu));
    expect(asked.join('\n')).not.toContain(code);
    const own = await signIn(server, ayu);
    expect((await own.call('GET', '/api/v1/me')).body).toMatchObject({ user: { role: 'administrator' } });
    await signOutInPortal(page, ayu);
    // Used once, the link says so and makes nobody an administrator.
    await page.goto(server.setUpUrl() ?? '');
    await visible(page.getByText('This portal has its administrator'));
    expect(await field(page, 'Full Name').count()).toBe(0);
  });

  test('works in a window that shows the form already, and after a look at another page', async () => {
    const server = await started();
    await page.goto(`${server.publicUrl}/sign-up`);
    await visible(codeField());
    await page.evaluate(`location.href = ${JSON.stringify(server.setUpUrl())}`);
    await codeField().waitFor({ state: 'hidden' });
    expect(page.url()).toBe(`${server.publicUrl}/sign-up`);
    await page.getByRole('link', { name: 'Sign In' }).click();
    await visible(signInPage(page));
    await page.getByRole('link', { name: 'Sign Up' }).click();
    await visible(page.getByText(/becomes the administrator/));
    await fillSignUp(ayu);
    await visible(profileButton(page, ayu));
  });

  test('without it the page says where to find it, and takes the code typed by hand', async () => {
    const server = await started();
    await page.goto(`${server.publicUrl}/sign-up`);
    await visible(page.getByText(/open the set-up link that the server printed when it started/));
    await fillSignUp(ayu);
    await visible(page.getByText('Enter the set-up code.'));
    await codeField().fill('2222-2222-2222-2222');
    await page.getByRole('button', { name: 'Sign Up' }).click();
    await visible(page.getByText(/The set-up code is wrong/));
    await codeField().fill((setUpCode(server).setupCode ?? '').toLowerCase().replaceAll('-', ''));
    await page.getByRole('button', { name: 'Sign Up' }).click();
    await visible(profileButton(page, ayu));
  });

  test('of an earlier start is refused with what to do, and the right code can be entered', async () => {
    const server = await started();
    const old = server.setUpUrl() ?? '';
    await server.stop();
    await server.start();
    await page.goto(old);
    await visible(page.getByText(/becomes the administrator/));
    await fillSignUp(ayu);
    await visible(page.getByText(/Open the link that the server printed when it last started/));
    expect(await codeField().getAttribute('aria-invalid')).toBe('true');
    await codeField().fill(setUpCode(server).setupCode ?? '');
    await page.getByRole('button', { name: 'Sign Up' }).click();
    await visible(profileButton(page, ayu));
  });
});

test('whoever has no invitation is told what to do, and an invitation opens the form', async () => {
  const server = await started();
  await signUp(server, ayu);
  await page.goto(`${server.publicUrl}/sign-up`);
  await visible(page.getByText('Accounts here need an invitation'));
  await visible(page.getByText(/ask the people who run this portal to invite you/));
  expect(await field(page, 'Full Name').count()).toBe(0);
  const invited = await server.cli(['user', 'invite', '--email', budi.email]);
  await page.goto(/^http\S+/m.exec(invited.stdout)?.[0] ?? '');
  await fillSignUp(budi);
  await visible(profileButton(page, budi));
});

test.each(['/', '/sign-in', '/sign-up', '/api-overview/token', '/forgot-password'])(
  'a signed-out visitor’s first load of %s leaves the console empty',
  async (path) => {
    const server = await started();
    await page.goto(`${server.publicUrl}${path}`, { waitUntil: 'networkidle' });
    await visible(page.getByRole('heading', { level: 1 }));
    expect(said).toEqual([]);
  },
);
