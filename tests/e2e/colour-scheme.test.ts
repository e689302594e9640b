/** The colour scheme is chosen in the profile menu, or below the page by whoever is signed out, and stays chosen. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ayu, type Client, signUp } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import { enterPortal, newTokenButton, profileButton, signInPage, visible } from './portal.ts';
import { builtPortal } from './portal-build.ts';

let server: ServerProcess;
let browser: TestBrowser;
let client: Client;

beforeAll(async () => {
  await builtPortal();
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  client = await signUp(server, ayu);
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

const schemeOf = (page: Page) =>
  expect.poll(() => page.evaluate<string>('getComputedStyle(document.documentElement).colorScheme'));

test('in the profile menu, by the keyboard too, and kept over a reload', async () => {
  const { context, page } = await browser.openWindow();
  await enterPortal(context, server, client);
  await page.goto(`${server.publicUrl}/api-overview/token`);
  await visible(newTokenButton(page));
  expect(await page.getByRole('contentinfo').count()).toBe(0);
  await profileButton(page, ayu).click();
  const system = page.getByRole('menuitemradio', { name: 'System' });
  await visible(system);
  expect(await system.getAttribute('aria-checked')).toBe('true');
  await page.getByRole('menuitemradio', { name: 'Dark' }).click();
  await schemeOf(page).toBe('dark');
  await page.getByRole('menuitemradio', { name: 'Light' }).press('Enter');
  await schemeOf(page).toBe('light');
  await page.getByRole('menuitemradio', { name: 'Dark' }).press('Enter');
  await page.reload();
  await visible(newTokenButton(page));
  await schemeOf(page).toBe('dark');
  await context.close();
});

test('below the page for whoever is signed out', async () => {
  const { context, page } = await browser.openWindow();
  await page.goto(`${server.publicUrl}/sign-in`);
  await visible(signInPage(page));
  await page.getByRole('radiogroup', { name: 'Colour scheme' }).getByText('Dark').click({ force: true });
  await schemeOf(page).toBe('dark');
  await context.close();
});
