import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ayu, budi, signIn, signUp } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import { field, signOutInPortal, signUpInPortal, visible } from './portal.ts';
import { builtPortal } from './portal-build.ts';

let server: ServerProcess;
let browser: TestBrowser;
let page: Page;

beforeAll(async () => {
  await builtPortal();
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

beforeEach(async () => {
  const opened = await browser.openWindow();
  page = opened.page;
  return () => opened.context.close();
});

test('the first account is told that it becomes the administrator; the next is not', async () => {
  await page.goto(server.setUpUrl() ?? '');
  await visible(page.getByText(/becomes the administrator/));
  await signUpInPortal(page, server, ayu);
  const own = await signIn(server, ayu);
  expect((await own.call('GET', '/api/v1/me')).body).toMatchObject({ user: { role: 'administrator' } });
  await signOutInPortal(page, ayu);
  const next = budi;
  await page.goto(`${server.publicUrl}/sign-up`);
  await visible(field(page, 'Full Name'));
  expect(await page.getByText(/becomes the administrator/).count()).toBe(0);
  await signUpInPortal(page, server, next);
  const theirs = await signIn(server, next);
  expect((await theirs.call('GET', '/api/v1/me')).body).toMatchObject({ user: { role: 'member' } });
});

test('names each unmet password rule as it is typed, and takes them away as they are met', async () => {
  await page.goto(`${server.publicUrl}/sign-up`);
  const password = field(page, 'Password');
  await password.fill('abc');
  const rule = (text: RegExp) => page.getByRole('listitem').filter({ hasText: text });
  const rules = [
    [/At least 14 characters/, 'abcdefghijklmn'],
    [/An upper-case letter/, 'Abcdefghijklmn'],
    [/A digit/, 'Abcdefghijklm7'],
    [/A symbol/, 'Abcdefghijkl-7'],
  ] as const;
  for (const [text] of rules) await visible(rule(text).filter({ hasText: 'missing' }));
  for (const [text, next] of rules) {
    await password.fill(next);
    await visible(rule(text).filter({ hasText: 'done' }));
  }
});

test('refuses wrong fields beside them, keeps what was typed, and makes no account', async () => {
  await page.goto(`${server.publicUrl}/sign-up`);
  await page.getByRole('button', { name: 'Sign Up' }).click();
  await visible(page.getByText('Enter your name.'));
  await visible(page.getByText('Enter your email address.'));
  await visible(page.getByText('Enter your phone number.'));
  await field(page, 'Full Name').fill('Citra Dewi');
  await field(page, 'Email Address').fill('not an address');
  await field(page, 'Password').fill('too short');
  await field(page, 'Phone Number').fill('call me');
  await page.getByRole('button', { name: 'Sign Up' }).click();
  await visible(page.getByText(/Enter a whole email address/));
  expect(await field(page, 'Full Name').inputValue()).toBe('Citra Dewi');
  expect(await field(page, 'Password').inputValue()).toBe('too short');
  expect(page.url()).toContain('/sign-up');
});

test('an address that has an account already is refused beside its field', async () => {
  const taken = { ...budi, email: 'taken@example.com' };
  await signUp(server, taken);
  await page.goto(`${server.publicUrl}/sign-up`);
  await field(page, 'Full Name').fill(taken.name);
  await field(page, 'Email Address').fill(taken.email.toUpperCase());
  await field(page, 'Password').fill(taken.password);
  await field(page, 'Phone Number').fill(taken.phoneNumber);
  await page.getByRole('button', { name: 'Sign Up' }).click();
  await visible(page.getByText(/There is an account for this email address already/));
  expect(await field(page, 'Email Address').getAttribute('aria-invalid')).toBe('true');
});
