import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ayu, type Client, signIn, signUp } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import { onDelete, shutGate } from './intercepted-deletes.ts';
import {
  addPasskey,
  closeButton,
  confirmButton,
  copyAndClose,
  createInPortal,
  deleteButton,
  deleteDialog,
  enterPortal,
  field,
  gone,
  newTokenButton,
  openDelete,
  openMore,
  profileButton,
  successfullyDeleted,
  visible,
} from './portal.ts';
import { builtPortal } from './portal-build.ts';

let server: ServerProcess;
let browser: TestBrowser;
let client: Client;

beforeAll(async () => {
  await builtPortal();
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  client = await signUp(server, ayu);
  await client.createToken({ name: 'already there' });
  await client.createToken({ name: 'a name of many words that goes on and on '.repeat(2).trim() });
  const soon = new Date(Date.now() + 86_400_000).toISOString();
  await client.createToken({ name: 'ends tomorrow', expires_at: soon });
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

const looks = (['light', 'dark'] as const).flatMap((colorScheme) =>
  [360, 1280].map((width) => ({ colorScheme, width })),
);

/**
 * WCAG 2.2 AA and axe's advice beyond it. Left out is the advice that all content lie in landmarks: an open menu
 * or dialog lies above them.
 */
async function violationsOn(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).disableRules('region').analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)}: ${failureSummary}`),
  );
}

/** Two frames, so that what is about to change has begun to, then the end of every transition that ends. */
const settled = `new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))).then(() =>
  Promise.allSettled(document.getAnimations()
    .filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
    .map((animation) => animation.finished))).then(() => {})`;

/** In light and dark, on a telephone and a desk: no violation, and nothing wider than the window. */
async function check(page: Page, where: string): Promise<void> {
  for (const { colorScheme, width } of looks) {
    await page.emulateMedia({ colorScheme });
    // The page follows in its own time, and colours read halfway are of neither scheme.
    await expect
      .poll(() => page.evaluate<string>('getComputedStyle(document.documentElement).colorScheme'))
      .toBe(colorScheme);
    await page.setViewportSize({ width, height: 800 });
    await page.evaluate(settled);
    const here = `${where}, ${colorScheme}, ${width} px`;
    expect.soft(await violationsOn(page), here).toEqual([]);
    const overflow = await page.evaluate<number>(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect.soft(overflow, `${here}: wider than its window by`).toBeLessThanOrEqual(0);
  }
}

test('the check finds what is wrong', async () => {
  const { context, page } = await browser.openWindow();
  await page.setContent('<html lang="en"><title>x</title><main><h1>x</h1><img src="x"></main></html>');
  expect((await violationsOn(page)).join()).toContain('image-alt');
  await context.close();
});

test('the pages for somebody signed out pass', async () => {
  const { context, page } = await browser.openWindow();
  const pages = [
    ['/sign-in', 'Sign In Now!'],
    ['/sign-up', 'Sign Up'],
    ['/forgot-password', 'Forgot password'],
    ['/reset-password#token=x', 'Set a new password'],
    ['/reset-password', /link/],
    ['/verify-email#token=x', /onfirm/],
    ['/verify-email', /link|onfirm/],
  ] as const;
  for (const [path, heading] of pages) {
    await page.goto(server.publicUrl + path);
    await visible(page.getByRole('heading', { name: heading }));
    await check(page, path);
  }
  await page.goto(`${server.publicUrl}/sign-up`);
  await field(page, 'Password').fill('abc');
  await page.getByRole('button', { name: 'Sign Up' }).click();
  await visible(page.getByText('Enter your name.'));
  await check(page, 'the sign-up form, refused');
  await context.close();
});

test('the pages for somebody signed in pass, with their menus and dialogs', async () => {
  const { context, page } = await browser.openWindow();
  await enterPortal(context, server, client);
  await page.goto(`${server.publicUrl}/profile`);
  await visible(page.getByRole('heading', { name: 'My Profile' }));
  await signIn(server, ayu);
  await addPasskey({ context, page }, server, 'test phone');
  await check(page, 'My Profile');
  await page
    .getByRole('button', { name: /^Delete the passkey/ })
    .first()
    .click();
  await visible(page.getByRole('dialog'));
  await check(page, 'the question before a passkey is deleted');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await visible(page.getByText('The passkey has been deleted'));
  await profileButton(page, ayu).click();
  await visible(page.getByRole('menuitem', { name: 'Sign Out' }));
  await check(page, 'the profile menu');

  await page.goto(`${server.publicUrl}/api-overview`);
  await visible(page.getByRole('tab', { name: 'Overview' }));
  await check(page, 'the Overview tab');
  await page.goto(`${server.publicUrl}/no/such/page`);
  await visible(page.getByRole('heading', { name: 'Page not found' }));
  await check(page, 'the page for an address without one');

  await page.goto(`${server.publicUrl}/account-changed`);
  await visible(page.getByRole('heading', { name: 'You are now signed in as' }));
  await check(page, 'the page for another account');
  await context.close();
});

test('the token pages pass, with their menus and dialogs', async () => {
  const { context, page } = await browser.openWindow();
  await enterPortal(context, server, client);
  await page.goto(`${server.publicUrl}/api-overview/token`);
  await visible(page.getByText('already there'));
  await check(page, 'the token list');
  await openMore(page, 'already there');
  await visible(page.getByRole('menuitem', { name: 'Delete' }));
  await check(page, 'the More menu');
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await checkDeletion(page);

  await newTokenButton(page).click();
  await visible(page.getByRole('heading', { name: 'Create Token' }));
  await check(page, 'Create Token');
  await page.getByRole('button', { name: 'Choose a date from the calendar' }).click();
  await visible(page.getByRole('dialog', { name: 'Calendar' }).getByRole('table'));
  await check(page, 'the calendar');
  await page.keyboard.press('Escape');
  await confirmButton(page).click();
  await check(page, 'Create Token, refused');
  await createInPortal(page, 'made here');
  await check(page, 'the Secret API Key dialog');
  await closeButton(page).click();
  await visible(page.getByText('You have not copied the secret. Close anyway?'));
  await check(page, 'the question before closing');
  await page.keyboard.press('Escape');
  await copyAndClose(page);
  await context.close();
});

/** From the question to the end of a deletion: under way, left, failed in the corner and in the dialog, done. */
async function checkDeletion(page: Page): Promise<void> {
  const gate = shutGate();
  await onDelete(page, async (route, nth) => {
    if (nth > 1) return route.continue();
    await gate.passed;
    await route.abort('connectionreset');
  });
  await visible(deleteDialog(page));
  await check(page, 'the Delete question');
  await deleteButton(page).click();
  await visible(deleteDialog(page).getByText('This can take up to a minute.'));
  await check(page, 'a deletion under way');
  await deleteDialog(page).getByRole('button', { name: 'Close' }).click();
  await gone(deleteDialog(page));
  await check(page, 'a deletion that goes on without its dialog');
  gate.open();
  await visible(page.getByRole('alert').getByRole('button', { name: 'Delete again' }));
  await check(page, 'a deletion that failed without its dialog');
  await openDelete(page, 'already there');
  await visible(deleteDialog(page).getByRole('alert'));
  await check(page, 'a deletion that failed');
  await deleteButton(page).click();
  await visible(successfullyDeleted(page));
  await gone(deleteDialog(page));
  await check(page, 'a deletion that is done');
  await page.getByText('Refused everywhere since').first().hover();
  await visible(page.getByRole('tooltip'));
  await check(page, 'since when a token is refused');
}

test('an empty list passes', async () => {
  const { context, page } = await browser.openWindow();
  const nobodys = { ...ayu, email: 'empty@example.com' };
  await enterPortal(context, server, await signUp(server, nobodys));
  await page.goto(`${server.publicUrl}/api-overview/token`);
  await visible(newTokenButton(page));
  await check(page, 'the empty token list');
  await context.close();
});
