/** Two windows of one browser: a page that was opened for one account never acts for, or shows, another. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Token as ApiToken, ayu, budi, type Client, signIn, signUp } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import {
  createInPortal,
  enterPortal,
  field,
  gone,
  newTokenButton,
  pageMemory,
  profileButton,
  rowOf,
  secretDialog,
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
  await (await signUp(server, ayu)).createToken({ name: 'of ayu' });
  await (await signUp(server, budi)).createToken({ name: 'of budi' });
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

type Windows = { stale: Page; other: Page; budi: Client; close(): Promise<void> };

/**
 * A stale window, headed by Ayu and open at `path`, and another one in which Budi has signed in since. `deaf` windows are told
 * nothing and are not asked to look: what protects then is the server alone.
 */
async function windowsAt(path: string, { deaf }: { deaf: boolean }): Promise<Windows> {
  const { context, page: stale } = await browser.openWindow();
  if (deaf) await context.addInitScript(deafness);
  await enterPortal(context, server, await signIn(server, ayu));
  await stale.goto(server.publicUrl + path, { waitUntil: 'networkidle' });
  await visible(profileButton(stale, ayu));
  const other = await context.newPage();
  await context.clearCookies();
  const client = await signIn(server, budi);
  await enterPortal(context, server, client);
  return { stale, other, budi: client, close: () => context.close() };
}

const deafness = `
  delete globalThis.BroadcastChannel;
  for (const name of ['focus', 'visibilitychange']) {
    globalThis.addEventListener(name, (event) => event.stopImmediatePropagation(), true);
  }
`;

const nowBudi = (page: Page) => page.getByRole('heading', { name: `You are now signed in as ${budi.name}` });

/** The page has given way, says who is signed in, and has nothing of Ayu's left. */
async function expectReplaced(page: Page): Promise<void> {
  await visible(nowBudi(page));
  await gone(profileButton(page, ayu));
  const memory = await pageMemory(page);
  for (const trace of [ayu.name, ayu.email, 'of ayu']) expect(memory).not.toContain(trace);
}

async function tokensOf(client: Client): Promise<string[]> {
  const { body } = await client.call('GET', '/api/v1/tokens');
  return (body as { tokens: ApiToken[] }).tokens.map(({ name }) => name).sort();
}

describe('a stale window that nobody told', () => {
  test('lists nothing of the other account', async () => {
    const { stale, close } = await windowsAt('/api-overview', { deaf: true });
    await stale.getByRole('tab', { name: 'Token', exact: true }).click();
    await expectReplaced(stale);
    expect(await stale.getByText('of budi').count()).toBe(0);
    await close();
  });

  test('creates nothing for the other account', async () => {
    const { stale, budi: client, close } = await windowsAt('/api-overview/token/new', { deaf: true });
    await field(stale, 'Token Name').fill('for whom');
    await stale.getByRole('button', { name: 'Confirm' }).click();
    await expectReplaced(stale);
    expect(await tokensOf(client)).toEqual(['of budi']);
    await close();
  });

  test('deletes nothing, of either account', async () => {
    const { stale, budi: client, close } = await windowsAt('/api-overview/token', { deaf: true });
    // The dialog asks first what the token made, and that question is refused already.
    await stale.getByRole('button', { name: 'More actions for of ayu' }).click();
    await stale.getByRole('menuitem', { name: 'Delete' }).click();
    await expectReplaced(stale);
    expect(await tokensOf(client)).toEqual(['of budi']);
    expect(await tokensOf(await signIn(server, ayu))).toEqual(['of ayu']);
    await close();
  });

  test('changes no profile and no password of the other account', async () => {
    const { stale, budi: client, close } = await windowsAt('/profile', { deaf: true });
    await field(stale, 'Full Name').fill('Somebody Else');
    await stale.getByRole('button', { name: 'Save' }).first().click();
    await expectReplaced(stale);
    expect((await client.call('GET', '/api/v1/me')).body).toMatchObject({ user: { name: budi.name } });
    await close();
  });

  test('adds no passkey to the other account', async () => {
    const { stale, budi: client, close } = await windowsAt('/profile', { deaf: true });
    await stale.getByRole('button', { name: 'Add a passkey' }).click();
    await stale.getByRole('button', { name: 'Continue' }).click();
    await expectReplaced(stale);
    expect((await client.call('GET', '/api/auth/passkey/list-user-passkeys')).body).toEqual([]);
    await close();
  });

  test('ends no session of the other account', async () => {
    await signIn(server, ayu);
    const elsewhere = await signIn(server, budi);
    const { stale, close } = await windowsAt('/profile', { deaf: true });
    await stale.getByRole('button', { name: 'End all other sessions' }).first().click();
    await expectReplaced(stale);
    expect((await elsewhere.call('GET', '/api/v1/me')).status).toBe(200);
    await close();
  });

  test('signs nobody else out', async () => {
    const { stale, budi: client, close } = await windowsAt('/api-overview', { deaf: true });
    await profileButton(stale, ayu).click();
    await stale.getByRole('menuitem', { name: 'Sign Out' }).click();
    await expectReplaced(stale);
    expect((await client.call('GET', '/api/v1/me')).status).toBe(200);
    await close();
  });
});

describe('a window hears of another one', () => {
  test('where somebody else signs in: it gives way at once', async () => {
    const { context, page } = await browser.openWindow();
    await enterPortal(context, server, await signIn(server, ayu));
    await page.goto(`${server.publicUrl}/api-overview/token`);
    await visible(rowOf(page, 'of ayu'));
    const other = await context.newPage();
    await other.goto(`${server.publicUrl}/api-overview/token`);
    await signOutInPortal(other, ayu);
    await visible(signInPage(page));
    await other.bringToFront();
    await field(other, 'Email Address').fill(budi.email);
    await field(other, 'Password').fill(budi.password);
    await other.getByRole('button', { name: 'Sign In', exact: true }).click();
    await visible(profileButton(other, budi));
    // A document that held Ayu's things is loaded anew for Budi.
    await visible(profileButton(page, budi).or(nowBudi(page)));
    await gone(rowOf(page, 'of ayu'));
    expect(await pageMemory(page)).not.toContain(ayu.email);
    await context.close();
  });

  test('and looks by itself when it comes to the front', async () => {
    const { stale, close } = await windowsAt('/api-overview/token', { deaf: false });
    await visible(rowOf(stale, 'of ayu'));
    await stale.evaluate(`window.dispatchEvent(new Event('focus'))`);
    await expectReplaced(stale);
    await stale.getByRole('link', { name: 'Go on' }).click();
    await visible(profileButton(stale, budi));
    await visible(rowOf(stale, 'of budi'));
    await close();
  });

  test('but keeps a secret that is not copied yet, until it has been let go', async () => {
    const { context, page } = await browser.openWindow();
    const client = await signIn(server, ayu);
    await enterPortal(context, server, client);
    await page.goto(`${server.publicUrl}/api-overview/token/new`);
    const secret = await createInPortal(page, 'made by ayu');
    await context.clearCookies();
    await enterPortal(context, server, await signIn(server, budi));
    const refused = page.waitForResponse((answer) => answer.status() === 409);
    await page.evaluate(`window.dispatchEvent(new Event('focus'))`);
    await refused;
    await visible(secretDialog(page));
    expect(await secretDialog(page).getByRole('textbox').inputValue()).toBe(secret);
    await secretDialog(page).getByRole('button', { name: 'Copy', exact: true }).click();
    await visible(secretDialog(page).getByRole('button', { name: /^Copied/ }));
    await secretDialog(page).getByRole('button', { name: 'Close', exact: true }).click();
    await expectReplaced(page);
    expect(await pageMemory(page)).not.toContain(secret);
    await context.close();
  });
});

test('the same account, signed in again elsewhere, changes nothing here', async () => {
  const { context, page } = await browser.openWindow();
  await enterPortal(context, server, await signIn(server, ayu));
  await page.goto(`${server.publicUrl}/api-overview/token`);
  await visible(rowOf(page, 'of ayu'));
  await context.clearCookies();
  await enterPortal(context, server, await signIn(server, ayu));
  const looked = page.waitForResponse((answer) => answer.url().endsWith('/api/v1/session'));
  await page.evaluate(`window.dispatchEvent(new Event('focus'))`);
  expect((await looked).status()).toBe(200);
  await visible(rowOf(page, 'of ayu'));
  await newTokenButton(page).click();
  await visible(page.getByRole('heading', { name: 'Create Token' }));
  await context.close();
});

test('a search in a stale window finds nothing of the other account', async () => {
  const { stale, close } = await windowsAt('/api-overview/token', { deaf: true });
  await stale
    .getByRole('textbox', { name: 'Search by name' })
    .or(stale.getByRole('searchbox'))
    .first()
    .fill('of');
  await expectReplaced(stale);
  await close();
});
