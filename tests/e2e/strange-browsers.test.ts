/** Every page in every strange browser: none stops working, and a secret shown once is not lost. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ayu, type Client, signUp } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import {
  confirmButton,
  enterPortal,
  field,
  gone,
  rowOf,
  secretDialog,
  shownSecret,
  visible,
} from './portal.ts';
import { builtPortal } from './portal-build.ts';
import { strangeBrowsers } from './strange-browsers.ts';

let server: ServerProcess;
let browser: TestBrowser;
let client: Client;

beforeAll(async () => {
  await builtPortal();
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  client = await signUp(server, ayu);
  const soon = new Date(Date.now() + 5 * 86_400_000).toISOString();
  const { secret } = await client.createToken({ name: 'used already', expires_at: soon });
  await fetch(`${server.localUrl}/api/v1/me`, { headers: { authorization: `Bearer ${secret}` } });
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

const signedOutPages = [
  '/sign-in',
  '/sign-up',
  '/forgot-password',
  '/reset-password?token=x',
  '/verify-email',
  '/none',
];
const signedInPages = ['/profile', '/api-overview', '/api-overview/token', '/account-changed', '/none'];

/** Goes to a page and sees that it is there: its heading, and neither the crash page nor an error that nobody caught. */
async function expectPage(page: Page, path: string, errors: readonly string[]): Promise<void> {
  // What a page reads after it came is waited for where there is any.
  const reads = signedInPages.includes(path);
  await page.goto(server.publicUrl + path, { waitUntil: reads ? 'networkidle' : 'load' });
  await visible(page.getByRole('heading', { level: 1 }));
  await expectNoCrash(page, errors, path);
}

async function expectNoCrash(page: Page, errors: readonly string[], where: string): Promise<void> {
  const headings = await page.getByRole('heading', { level: 1 }).allInnerTexts();
  expect(headings, where).not.toContain('This page stopped working');
  expect(errors, where).toEqual([]);
}

describe.each(Object.entries(strangeBrowsers))('a browser %s', (_what, script) => {
  test('shows every page, and a secret that can be taken', async () => {
    const { context, page } = await browser.openWindow();
    await context.addInitScript(script);
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    for (const path of signedOutPages) await expectPage(page, path, errors);
    await enterPortal(context, server, client);
    for (const path of signedInPages) await expectPage(page, path, errors);
    await makeToken(page, errors);
    await context.close();
  });
});

/** The main job, whatever the browser lacks: the date, the secret, Copy, Close, the row. */
async function makeToken(page: Page, errors: readonly string[]): Promise<void> {
  const name = `made ${Math.random()}`;
  await expectPage(page, '/api-overview/token/new', errors);
  await field(page, 'Token Name').fill(name);
  await field(page, 'Expired date').fill('2035-12-31');
  await field(page, 'Expired date').press('Tab');
  await confirmButton(page).click();
  const secret = await shownSecret(page);
  const dialog = secretDialog(page);
  const copy = dialog.getByRole('button', { name: 'Copy', exact: true });
  await copy.click();
  await visible(dialog.getByText('The secret is on the clipboard.').or(dialog.getByText(/did not allow it/)));
  expect(await dialog.getByRole('textbox').inputValue()).toBe(secret);
  // One word of how it went, not what a program left of another.
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click();
  const anyway = dialog.getByRole('button', { name: 'Close anyway' });
  await visible(anyway.or(rowOf(page, name)));
  if (await anyway.isVisible()) {
    expect((await dialog.getByRole('status').innerText()).trim()).toBe(
      'You have not copied the secret. Close anyway?',
    );
    await anyway.click();
  }
  await gone(dialog);
  await visible(rowOf(page, name));
  await expectNoCrash(page, errors, 'the main job');
}
