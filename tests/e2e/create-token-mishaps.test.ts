import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ayu, type Client, signUp, type Token, verify } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import {
  closeButton,
  confirmButton,
  copyAndClose,
  createInPortal,
  enterPortal,
  field,
  gone,
  openCreateForm,
  openTokenList,
  pageMemory,
  rowOf,
  secretDialog,
  shownSecret,
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
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

async function listed(): Promise<Token[]> {
  const list = await client.call('GET', '/api/v1/tokens?limit=100');
  expect(list.status, list.text).toBe(200);
  return (list.body as { tokens: Token[] }).tokens;
}

describe('a token and its secret are not lost, or doubled, by accident:', () => {
  let page: Page;

  beforeEach(async () => {
    const opened = await browser.openWindow();
    page = opened.page;
    await enterPortal(opened.context, server, client);
    return () => opened.context.close();
  });

  test('a double click on Confirm makes one token', async () => {
    await page.goto(server.publicUrl);
    await openTokenList(page, ayu);
    await openCreateForm(page);
    await field(page, 'Token Name').fill('once only');
    await confirmButton(page).dblclick();
    await shownSecret(page);
    expect((await listed()).filter(({ name }) => name.startsWith('once only'))).toHaveLength(1);
    expect(await secretDialog(page).count()).toBe(1);
    await copyAndClose(page);
    await visible(rowOf(page, 'once only'));
  });

  test('an uncopied secret is not closed by accident: Escape, a click outside and Close ask once', async () => {
    await page.goto(server.publicUrl);
    await openTokenList(page, ayu);
    await openCreateForm(page);
    const secret = await createInPortal(page, 'nearly lost');
    const question = page.getByText('You have not copied the secret. Close anyway?');
    const closings = [
      () => page.keyboard.press('Escape'),
      () => page.mouse.click(5, 400),
      () => closeButton(page).click(),
    ];
    for (const close of closings) {
      await close();
      await visible(question);
      await page.keyboard.press('Escape');
      await gone(question);
      expect(await shownSecret(page)).toBe(secret);
    }
    await closeButton(page).click();
    await visible(question);
    await page.getByRole('button', { name: /Close anyway|Close without copying/ }).click();
    await gone(secretDialog(page));
    await visible(rowOf(page, 'nearly lost'));
    expect(await pageMemory(page)).not.toContain(secret);
  });

  test('a copied secret closes without a question', async () => {
    await page.goto(server.publicUrl);
    await openTokenList(page, ayu);
    await openCreateForm(page);
    await createInPortal(page, 'copied at once');
    await secretDialog(page).getByRole('button', { name: /^Copy/ }).click();
    await visible(secretDialog(page).getByRole('button', { name: /^Copied/ }));
    await page.keyboard.press('Escape');
    await gone(secretDialog(page));
    expect(await page.getByText('Close anyway?').count()).toBe(0);
  });

  test('a copy that the browser refuses is never called copied: the secret is selected and Ctrl+C told', async () => {
    await page.addInitScript(`
      Object.defineProperty(navigator, 'clipboard', { value: {
        writeText: () => Promise.reject(new DOMException('refused', 'NotAllowedError')),
        write: () => Promise.reject(new DOMException('refused', 'NotAllowedError')),
      } });
      document.execCommand = () => false;`);
    await page.goto(server.publicUrl);
    await openTokenList(page, ayu);
    await openCreateForm(page);
    const secret = await createInPortal(page, 'refused copy');
    await secretDialog(page).getByRole('button', { name: /^Copy/ }).click();
    await visible(secretDialog(page).getByText(/(Ctrl|Cmd)\s?\+\s?C|⌘\s?C/));
    expect(await page.getByText(/copied/i).count()).toBe(0);
    expect(await selection(page)).toBe(secret);
    await closeButton(page).click();
    await visible(page.getByText('You have not copied the secret. Close anyway?'));
  });
});

describe('a server killed while a token is made', () => {
  test.each([
    ['before it has the request', false],
    ['after it has made the token, with its answer lost', true],
  ])('%s: the page says so, and Confirm again gives the one token', async (_when, reached) => {
    const own = await startServer();
    const owner = await signUp(own, ayu);
    const { context, page } = await browser.openWindow();
    await enterPortal(context, own, owner);
    await page.goto(own.publicUrl);
    await openTokenList(page, ayu);
    await openCreateForm(page);
    let killed = false;
    await page.route('**/api/v1/tokens', async (route) => {
      if (killed || route.request().method() !== 'POST') return route.continue();
      killed = true;
      if (reached) await route.fetch();
      await own.kill('SIGKILL');
      await route.abort('connectionreset');
    });
    await field(page, 'Token Name').fill('interrupted');
    await confirmButton(page).click();
    await visible(page.getByText(/cannot be reached|did not answer|not reachable|no answer/i));
    await visible(page.getByText(/try again|confirm again|reload/i));
    expect(await page.getByText('Token has been successfully created').count()).toBe(0);
    expect(await field(page, 'Token Name').inputValue()).toBe('interrupted');

    await own.start();
    const after = await owner.call('GET', '/api/v1/tokens');
    expect((after.body as { total: number }).total).toBe(reached ? 1 : 0);
    await confirmButton(page).click();
    const secret = await shownSecret(page);
    await copyAndClose(page);
    await visible(rowOf(page, 'interrupted'));
    expect((await verify(own, secret)).status).toBe(200);
    const list = await owner.call('GET', '/api/v1/tokens');
    expect((list.body as { total: number }).total).toBe(1);
    await context.close();
    await own.stop();
  });
});

async function selection(page: Page): Promise<string> {
  return await page.evaluate<string>(`(() => {
    const field = document.activeElement;
    if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement) {
      return field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0);
    }
    return getSelection().toString();
  })()`);
}
