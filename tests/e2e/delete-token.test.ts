import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ayu, bearer, type Client, clientOf, signIn, signUp, type Token, verify } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import { holdDeletes } from './intercepted-deletes.ts';
import {
  cellOf,
  deleteButton,
  deleteDialog,
  enterPortal,
  gone,
  hasFocus,
  newTokenButton,
  openDelete,
  rowOf,
  successfullyDeleted,
  visible,
} from './portal.ts';
import { builtPortal } from './portal-build.ts';

let server: ServerProcess;
let browser: TestBrowser;
let client: Client;
let page: Page;
let token: Token;
let secret: string;
let tokensMade = 0;

beforeAll(async () => {
  await builtPortal();
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  await signUp(server, ayu);
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

/** A session of its own for each test, since one of them ends it, and a token of its own. */
beforeEach(async () => {
  client = await signIn(server, ayu);
  tokensMade += 1;
  ({ token, secret } = await client.createToken({ name: `doomed ${tokensMade}` }));
  const opened = await browser.openWindow({ timezoneId: 'Asia/Jakarta' });
  page = opened.page;
  await enterPortal(opened.context, server, client);
  await page.goto(`${server.publicUrl}/api-overview/token`);
  await visible(rowOf(page, token.name));
  return () => opened.context.close();
});

const waiting = () => deleteDialog(page).getByText('Deleting. Waiting until every service refuses it …');
const goesOnNotice = () => page.getByRole('alert').filter({ hasText: `Deleting “${token.name}”` });

async function statusAtServer(): Promise<string> {
  const answer = await client.call('GET', `/api/v1/tokens/${token.id}`);
  return (answer.body as { token: Token }).token.status;
}

describe('while it is deleted', () => {
  test('the row stays and nothing claims success until the server says that all refuse it', async () => {
    await openDelete(page, token.name);
    await deleteButton(page).click();
    await expect.poll(statusAtServer, { interval: 20 }).toBe('revoked');
    expect(await successfullyDeleted(page).count()).toBe(0);
    expect(await rowOf(page, token.name).count()).toBe(1);
    await visible(waiting());
    await visible(successfullyDeleted(page));
    expect((await verify(server, secret)).status).toBe(401);
    await gone(rowOf(page, token.name));
    await gone(deleteDialog(page));
    await expect.poll(() => hasFocus(newTokenButton(page))).toBe(true);
  });

  test('a list that is read anew meanwhile keeps the row, marked, though the server lists it no more', async () => {
    const { letGo } = await holdDeletes(page);
    await openDelete(page, token.name);
    await deleteButton(page).click();
    await visible(waiting());
    await client.call('DELETE', `/api/v1/tokens/${token.id}`);
    await deleteDialog(page).getByRole('button', { name: 'Close' }).click();
    await gone(deleteDialog(page));
    await page.getByRole('tab', { name: 'Overview' }).click();
    const read = page.waitForResponse((response) => response.url().includes('/api/v1/tokens?'));
    await page.clock.setFixedTime(Date.now() + 60_000);
    await page.getByRole('tab', { name: 'Token', exact: true }).click();
    expect(await (await read).text()).not.toContain(token.name);
    expect(await cellOf(page, token.name, 'Status')).toBe('Deleting…');
    letGo();
    await visible(successfullyDeleted(page));
    await gone(rowOf(page, token.name));
  });

  test('the dialog says what is happening, keeps its size, and does not close by accident', async () => {
    await page.clock.install();
    const { sent, letGo } = await holdDeletes(page);
    await openDelete(page, token.name);
    const size = await deleteDialog(page).boundingBox();
    await deleteButton(page).dblclick();
    await visible(waiting());
    const progress = deleteDialog(page).getByRole('status');
    expect(await progress.textContent()).toBe('Deleting. Waiting until every service refuses it …');
    expect(await deleteButton(page).getAttribute('aria-busy')).toBe('true');
    expect(await deleteButton(page).textContent()).toBe('Deleting…');
    await page.clock.runFor(3000);
    await visible(progress.getByText('This can take up to a minute.'));
    expect(await deleteDialog(page).boundingBox()).toEqual(size);
    await page.keyboard.press('Escape');
    await page.mouse.click(5, 400);
    await deleteButton(page).click({ force: true });
    await page.clock.runFor(500);
    expect(await waiting().count()).toBe(1);
    expect(sent()).toBe(1);
    letGo();
    await visible(successfullyDeleted(page));
  });

  test('it can be left: the page says that it goes on, and then that it is done, wherever the user is', async () => {
    const { letGo } = await holdDeletes(page);
    await page.getByRole('tab', { name: 'Overview' }).click();
    await page.getByRole('tab', { name: 'Token', exact: true }).click();
    await openDelete(page, token.name);
    await deleteButton(page).click();
    await deleteDialog(page).getByRole('button', { name: 'Close' }).click();
    await visible(goesOnNotice().getByText('The deletion goes on'));
    await gone(deleteDialog(page));
    expect(await cellOf(page, token.name, 'Status')).toBe('Deleting…');
    await openDelete(page, token.name);
    await visible(waiting());
    await gone(goesOnNotice());
    await page.goBack();
    await visible(goesOnNotice());
    await page.getByRole('banner').getByRole('button', { name: ayu.name }).click();
    await page.getByRole('menuitem', { name: 'My Profile' }).click();
    await visible(page.getByRole('heading', { name: 'My Profile' }));
    await visible(goesOnNotice());
    letGo();
    await visible(successfullyDeleted(page));
    await gone(goesOnNotice());
    expect((await verify(server, secret)).status).toBe(401);
  });
});

describe('a token that made others', () => {
  const offer = () => deleteDialog(page).getByRole('checkbox', { name: /^Also delete the/ });

  test('goes alone unless the offer to take them too is taken, which says how many there are', async () => {
    const child = await clientOf(server, bearer(secret)).createToken({ name: `child ${tokensMade}` });
    await openDelete(page, token.name);
    await visible(offer());
    expect(await deleteDialog(page).textContent()).toContain('Also delete the token that was made with it.');
    expect(await offer().isChecked()).toBe(false);
    await clientOf(server, bearer(child.secret)).createToken({ name: `heir ${tokensMade}` });
    await deleteButton(page).click();
    await visible(successfullyDeleted(page));
    expect((await verify(server, child.secret)).status).toBe(200);
    await page.reload();
    await openDelete(page, child.token.name);
    await offer().check();
    await deleteButton(page).click();
    await visible(successfullyDeleted(page));
    for (const name of ['child', 'heir']) {
      const left = await client.call('GET', `/api/v1/tokens?q=${name} ${tokensMade}`);
      expect(left.body).toMatchObject({ total: 0 });
    }
  });

  test('makes no offer where it made none', async () => {
    const read = page.waitForResponse((response) => response.url().endsWith(`/api/v1/tokens/${token.id}`));
    await openDelete(page, token.name);
    await read;
    expect(await offer().count()).toBe(0);
  });
});

describe('the message that it is done', () => {
  test('tells since when it is refused, to the millisecond, and gives the whole instant to copy', async () => {
    const answered = page.waitForResponse((response) => response.request().method() === 'DELETE');
    await openDelete(page, token.name);
    await deleteButton(page).click();
    const { refused_everywhere_at: instant } = (await (await answered).json()) as Record<string, string>;
    const local = new Date(Date.parse(instant ?? '') + 7 * 3_600_000).toISOString();
    const since = page.getByText(`Refused everywhere since ${local.slice(11, 23)}`);
    await visible(since);
    await since.hover();
    await visible(page.getByRole('tooltip').getByText(`${local.slice(11, 23)} WIB`));
    await visible(page.getByRole('tooltip').getByText(instant ?? ''));
    await page.getByRole('button', { name: 'Copy the date and time' }).click();
    await visible(page.getByRole('alert').getByRole('button', { name: 'Copied' }));
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(instant);
  });

  test('stays a minute, not counting while it is pointed at, and goes when dismissed', async () => {
    await page.clock.install();
    await openDelete(page, token.name);
    await deleteButton(page).click();
    await visible(successfullyDeleted(page));
    await page.clock.runFor(55_000);
    expect(await successfullyDeleted(page).isVisible()).toBe(true);
    await successfullyDeleted(page).hover();
    await page.clock.runFor(60_000);
    expect(await successfullyDeleted(page).isVisible()).toBe(true);
    await page.mouse.move(5, 5);
    await page.getByRole('button', { name: 'Copy the date and time' }).focus();
    await page.clock.runFor(60_000);
    expect(await successfullyDeleted(page).isVisible()).toBe(true);
    await newTokenButton(page).focus();
    await page.clock.runFor(10_000);
    await gone(successfullyDeleted(page));
  });
});
