/** A page that stops working while it shows a secret does not take the secret along. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ayu, type Client, signUp } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser, type Window } from './browser.ts';
import { createInPortal, enterPortal, newTokenButton, pageMemory, secretDialog, visible } from './portal.ts';
import { builtPortal } from './portal-build.ts';

let server: ServerProcess;
let browser: TestBrowser;
let client: Client;
let window: Window;
let secret: string;

beforeAll(async () => {
  await builtPortal();
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  client = await signUp(server, ayu);
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

beforeEach(async () => {
  window = await browser.openWindow();
  await enterPortal(window.context, server, client);
  await window.page.goto(`${server.publicUrl}/api-overview/token/new`);
  secret = await createInPortal(window.page, `made ${Math.random()}`);
});

const stopped = (page: Page) => page.getByRole('heading', { name: 'This page stopped working' });
const secretField = (page: Page) => page.getByRole('textbox', { name: /^Secret of / });
const copyButton = (page: Page) => page.getByRole('button', { name: 'Copy', exact: true });

/** The parts of a page that cannot be drawn any more: the sign of the question, or everything. */
const failing = (part: string) => `{
  const { appendChild } = Node.prototype;
  Node.prototype.appendChild = function (node) {
    if (this.nodeName === 'svg' && (${JSON.stringify(part)} === 'all' || this.innerHTML === '' && node.getAttribute?.('r') === '6.25')) {
      throw new Error('the page is broken');
    }
    return appendChild.call(this, node);
  };
}`;

/** A broken page stops at the next change: the question before an uncopied secret is left. */
async function breakPage(page: Page, part: string): Promise<void> {
  await page.evaluate(failing(part));
  await secretDialog(page).getByRole('button', { name: 'Close', exact: true }).click();
  await visible(stopped(page));
}

describe.each([
  ['a page', 'sign'],
  ['the whole application', 'all'],
])('%s that stops working', (_what, part) => {
  test('keeps the secret on the page, to be copied', async () => {
    const { context, page } = window;
    await breakPage(page, part);
    expect(await secretField(page).inputValue()).toBe(secret);
    await copyButton(page).click();
    await visible(page.getByText('The secret is on the clipboard.'));
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret);
    expect(await page.content()).not.toContain(secret);
    await context.close();
  });

  test('never says copied when the browser refuses: the secret is selected', async () => {
    const { context, page } = window;
    await page.evaluate(`Clipboard.prototype.writeText = () => Promise.reject(new Error('no'));
      Document.prototype.execCommand = () => false;`);
    await breakPage(page, part);
    await copyButton(page).click();
    await visible(page.getByText(/is selected: press Ctrl\+C/));
    expect(await page.evaluate('document.activeElement.value')).toBe(secret);
    await context.close();
  });

  test('asks before it is reloaded with the secret not copied, and forgets it then', async () => {
    const { context, page } = window;
    await breakPage(page, part);
    const asked = page.waitForEvent('dialog');
    const reload = page.getByRole('button', { name: 'Reload' }).click();
    const dialog = await asked;
    expect(dialog.type()).toBe('beforeunload');
    await dialog.accept();
    await reload;
    await visible(page.getByRole('heading', { name: 'Create Token' }));
    expect(await pageMemory(page)).not.toContain(secret);
    await context.close();
  });
});

test('a link away from it asks too, and keeps the secret until it is said to go', async () => {
  const { context, page } = window;
  await breakPage(page, 'sign');
  page.once('dialog', (dialog) => void dialog.dismiss());
  await page.getByRole('banner').getByRole('link').click();
  expect(await secretField(page).inputValue()).toBe(secret);
  page.once('dialog', (dialog) => void dialog.accept());
  await page.getByRole('banner').getByRole('link').click();
  await visible(newTokenButton(page));
  expect(await pageMemory(page)).not.toContain(secret);
  await context.close();
});

test('without a secret it shows none', async () => {
  const { context, page } = await browser.openWindow();
  await enterPortal(context, server, client);
  await page.goto(`${server.publicUrl}/api-overview/token`);
  await visible(newTokenButton(page));
  await page.evaluate(failing('all'));
  await newTokenButton(page).click();
  await visible(stopped(page));
  expect(await page.getByRole('textbox').count()).toBe(0);
  await context.close();
});
