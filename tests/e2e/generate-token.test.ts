import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ayu, bearer, type Client, clientOf, signIn, signUp, type Token, verify } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import {
  cellOf,
  closeButton,
  confirmButton,
  deleteButton,
  deleteDialog,
  enterPortal,
  field,
  gone,
  hasFocus,
  newTokenButton,
  openCreateForm,
  openDelete,
  openTokenList,
  pageMemory,
  profileButton,
  rowOf,
  secretDialog,
  shownSecret,
  signUpInPortal,
  successfullyDeleted,
  tabTo,
  visible,
} from './portal.ts';
import { builtPortal } from './portal-build.ts';

let server: ServerProcess;
let browser: TestBrowser;
let client: Client;

beforeAll(async () => {
  await builtPortal();
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

const created = 'Token has been successfully created';

async function useWithCurl(secret: string): Promise<{ me: number; verified: number; user: string | null }> {
  const me = await clientOf(server, bearer(secret)).call('GET', '/api/v1/me');
  const verified = await verify(server, secret);
  return { me: me.status, verified: verified.status, user: verified.headers.get('x-lencana-user') };
}

async function listed(): Promise<Token[]> {
  const list = await client.call('GET', '/api/v1/tokens?limit=100');
  expect(list.status, list.text).toBe(200);
  return (list.body as { tokens: Token[] }).tokens;
}

test('a first user signs up, makes a token with the mouse, uses it, deletes it, and it is refused', async () => {
  const { page } = browser;
  await page.goto(server.publicUrl);
  await visible(page.getByRole('heading', { name: 'Sign In Now!' }));
  await signUpInPortal(page, server, ayu);
  expect(await corner(page)).toBe('top right');

  await openTokenList(page, ayu);
  await openCreateForm(page);
  await field(page, 'Token Name').fill('ci pipeline');
  await confirmButton(page).click();
  await visible(page.getByText(created));
  const secret = await shownSecret(page);
  await secretDialog(page).getByRole('button', { name: /^Copy/ }).click();
  await visible(secretDialog(page).getByRole('button', { name: /^Copied/ }));
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret);
  await closeButton(page).click();
  await gone(secretDialog(page));
  await visible(rowOf(page, 'ci pipeline'));
  expect(await cellOf(page, 'ci pipeline', 'Status')).toContain('Active');
  expect(await cellOf(page, 'ci pipeline', 'Expired date')).toContain('Never');
  expect(await cellOf(page, 'ci pipeline', 'Last used')).toContain('Never');
  expect(await cellOf(page, 'ci pipeline', 'Token')).toContain(`cldkctl_…${secret.slice(-4)}`);
  expect(await pageMemory(page)).not.toContain(secret);

  const use = await useWithCurl(secret);
  expect([use.me, use.verified]).toEqual([200, 200]);
  const me = await clientOf(server, bearer(secret)).call('GET', '/api/v1/me');
  expect(me.body).toMatchObject({
    user: { id: use.user, email: ayu.email, role: 'administrator' },
    authenticated_by: 'token',
    token: { name: 'ci pipeline' },
  });
  await expect
    .poll(
      async () => {
        await page.reload();
        await visible(rowOf(page, 'ci pipeline'));
        return cellOf(page, 'ci pipeline', 'Last used');
      },
      { timeout: 20_000 },
    )
    .not.toContain('Never');

  await openDelete(page, 'ci pipeline');
  await visible(deleteDialog(page).getByText(/ci pipeline/));
  await visible(deleteDialog(page).getByText(/^Last used/));
  await deleteButton(page).click();
  await visible(successfullyDeleted(page));
  expect(await useWithCurl(secret)).toMatchObject({ me: 401, verified: 401 });
  await gone(rowOf(page, 'ci pipeline'));
});

describe('signed in', () => {
  let page: Page;

  beforeAll(async () => {
    // The account of the first test, or the same made here when this part is run alone.
    client = await signIn(server, ayu).catch(() => signUp(server, ayu));
  });

  beforeEach(async () => {
    const opened = await browser.openWindow();
    page = opened.page;
    await enterPortal(opened.context, server, client);
    return () => opened.context.close();
  });

  test('the keyboard alone is enough, from the profile menu to the deleted token', async () => {
    await page.goto(server.publicUrl);
    await visible(profileButton(page, ayu));
    await tabTo(page, profileButton(page, ayu));
    await page.keyboard.press('Enter');
    const api = page.getByRole('menuitem', { name: 'API', exact: true });
    await visible(api);
    for (let presses = 0; presses < 6 && !(await hasFocus(api)); presses += 1) {
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Enter');
    await visible(page.getByRole('heading', { name: 'API Overview' }));
    await tabTo(page, page.getByRole('tab', { name: 'Overview' }));
    await page.keyboard.press('ArrowRight');
    const tokenTab = page.getByRole('tab', { name: 'Token', exact: true });
    expect(await hasFocus(tokenTab)).toBe(true);
    if ((await tokenTab.getAttribute('aria-selected')) !== 'true') await page.keyboard.press('Enter');
    await visible(newTokenButton(page));
    await tabTo(page, newTokenButton(page));
    await page.keyboard.press('Enter');
    await visible(page.getByRole('heading', { name: 'Create Token' }));
    await tabTo(page, field(page, 'Token Name'));
    await page.keyboard.type('by keyboard');
    await tabTo(page, confirmButton(page));
    await page.keyboard.press('Enter');
    const secret = await shownSecret(page);
    await tabTo(page, secretDialog(page).getByRole('button', { name: /^Copy/ }));
    await page.keyboard.press('Enter');
    await visible(secretDialog(page).getByRole('button', { name: /^Copied/ }));
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret);
    await tabTo(page, closeButton(page));
    await page.keyboard.press('Enter');
    await gone(secretDialog(page));
    await visible(rowOf(page, 'by keyboard'));
    expect((await useWithCurl(secret)).verified).toBe(200);

    await tabTo(page, rowOf(page, 'by keyboard').getByRole('button', { name: /More/ }));
    await page.keyboard.press('Enter');
    const remove = page.getByRole('menuitem', { name: 'Delete' });
    await visible(remove);
    for (let presses = 0; presses < 6 && !(await hasFocus(remove)); presses += 1) {
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Enter');
    await visible(deleteDialog(page));
    await tabTo(page, deleteButton(page));
    await page.keyboard.press('Enter');
    await visible(successfullyDeleted(page));
    expect((await useWithCurl(secret)).verified).toBe(401);
  });

  test('an expired token is refused, and stays in the table, marked', async () => {
    const endsAtMs = Date.now() + 1500;
    const { secret } = await client.createToken({
      name: 'short-lived',
      expires_at: new Date(endsAtMs).toISOString(),
    });
    expect((await verify(server, secret)).status).toBe(200);
    await expect.poll(async () => (await verify(server, secret)).status, { timeout: 5000 }).toBe(401);
    expect(Date.now()).toBeGreaterThanOrEqual(endsAtMs);
    expect((await clientOf(server, bearer(secret)).call('GET', '/api/v1/me')).status).toBe(401);
    await page.goto(server.publicUrl);
    await openTokenList(page, ayu);
    expect(await cellOf(page, 'short-lived', 'Status')).toContain('Expired');
  });

  test('a taken name, an empty one and a past day are refused beside their field, and nothing is sent', async () => {
    await client.createToken({ name: 'Taken' });
    await page.goto(server.publicUrl);
    await openTokenList(page, ayu);
    await openCreateForm(page);
    const sent: string[] = [];
    page.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
    await confirmButton(page).click();
    const name = field(page, 'Token Name');
    expect(await name.getAttribute('aria-invalid')).toBe('true');
    await name.fill('a token');
    await field(page, 'Expired date').fill('2020-01-31');
    await field(page, 'Expired date').press('Tab');
    await confirmButton(page).click();
    await visible(page.getByText(/past/i));
    expect(sent).toEqual([]);
    await field(page, 'Expired date').fill('');
    await field(page, 'Expired date').press('Tab');
    await name.fill('tAKEN');
    await confirmButton(page).click();
    await expect.poll(() => name.getAttribute('aria-invalid')).toBe('true');
    expect((await listed()).filter((token) => token.name.toLowerCase() === 'taken')).toHaveLength(1);
  });

  test('every page and tab has an address: a direct link, a reload and Back lead to it', async () => {
    await page.goto(server.publicUrl);
    await profileButton(page, ayu).click();
    await page.getByRole('menuitem', { name: 'API', exact: true }).click();
    const overview = page.getByRole('tab', { name: 'Overview' });
    const token = page.getByRole('tab', { name: 'Token', exact: true });
    await visible(overview);
    const selected = (tab: typeof overview) => tab.getAttribute('aria-selected');
    await expect.poll(() => selected(overview)).toBe('true');
    const addresses = [page.url()];
    await token.click();
    await visible(newTokenButton(page));
    addresses.push(page.url());
    await openCreateForm(page);
    addresses.push(page.url());
    expect(new Set(addresses).size).toBe(3);

    await page.goBack();
    await visible(newTokenButton(page));
    expect(await selected(token)).toBe('true');
    await page.reload();
    await visible(newTokenButton(page));
    await page.goBack();
    await expect.poll(() => selected(overview)).toBe('true');
    await page.goForward();
    await visible(newTokenButton(page));

    await page.goto(addresses[0] ?? '');
    await expect.poll(() => selected(overview)).toBe('true');
    await page.goto(addresses[1] ?? '');
    await visible(newTokenButton(page));
    await page.goto(addresses[2] ?? '');
    await visible(field(page, 'Token Name'));
    await page.goto(`${server.publicUrl}/no/such/page`);
    await visible(page.getByRole('heading', { name: 'Page not found' }));
  });

  test('names that could be markup or turn the text around are shown as they are', async () => {
    const names = ['<b onmouseover=alert(1)>bold</b>', 'رمز الوصول', '🎫 ticket'];
    for (const name of names) await client.createToken({ name });
    await page.goto(server.publicUrl);
    await openTokenList(page, ayu);
    for (const name of names) await visible(rowOf(page, name));
  });
});

async function corner(page: Page): Promise<string> {
  const box = await profileButton(page, ayu).boundingBox();
  const width = page.viewportSize()?.width ?? 0;
  if (!box) return 'nowhere';
  const right = box.x + box.width > width - 200;
  return `${box.y < 100 ? 'top' : 'further down'} ${right ? 'right' : 'left'}`;
}
