/**
 * `npm run screenshots`: takes the pictures of docs/images from a real portal. The server, its accounts and every secret in a
 * picture are made for this and are gone when it ends; dates are those of the day it runs.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { ayu, bearer, type Client, clientOf, signIn, verify } from './api-client.ts';
import { launchBrowser } from './e2e/browser.ts';
import {
  createInPortal,
  openCreateForm,
  openTokenList,
  profileButton,
  secretDialog,
  signInInPortal,
  signUpInPortal,
  visible,
} from './e2e/portal.ts';
import { builtPortal } from './e2e/portal-build.ts';
import { endRun, repositoryRoot } from './run-directory.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const images = join(repositoryRoot, 'docs', 'images');
const size = { width: 1280, height: 720 };

await builtPortal();
mkdirSync(images, { recursive: true });
const [server, browser] = await Promise.all([startServer(), launchBrowser({ viewport: size })]);
try {
  await signUpInPortal(browser.page, server, ayu);
  await makeTokens(server, await signIn(server, ayu));
  for (const scheme of ['dark', 'light'] as const) {
    const { context, page } = await browser.openWindow({ colorScheme: scheme, viewport: size });
    const name = (what: string) => `${what}-${scheme}`;
    await signInInPortal(page, server, ayu);
    await profileButton(page, ayu).click();
    await visible(page.getByRole('menuitem', { name: 'API', exact: true }));
    await take(page, name('profile-menu'));
    await page.keyboard.press('Escape');
    await openTokenList(page, ayu);
    await visible(page.getByText('deploy pipeline'));
    await take(page, name('tokens'));
    await openCreateForm(page);
    await page.getByRole('textbox', { name: 'Token Name', exact: true }).fill('laptop');
    await take(page, name('create-token'));
    await page.goBack();
    await openTokenList(page, ayu);
    await openCreateForm(page);
    await createInPortal(page, `laptop ${scheme}`);
    await visible(secretDialog(page));
    await take(page, name('secret'));
    await context.close();
    await deletionAsked(name('delete-token'), scheme);
  }
} finally {
  await browser.close();
  await server.stop();
  await endRun();
}

/** The dialog that asks before the token is deleted. */
async function deletionAsked(picture: string, scheme: 'dark' | 'light'): Promise<void> {
  const { context, page } = await browser.openWindow({ colorScheme: scheme, viewport: size });
  await signInInPortal(page, server, ayu);
  await openTokenList(page, ayu);
  await page.getByRole('button', { name: 'More actions for deploy pipeline' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await visible(page.getByRole('dialog'));
  await take(page, picture);
  await context.close();
}

/** A list as somebody has it: used, ending soon, never ending. */
async function makeTokens(server: ServerProcess, client: Client): Promise<void> {
  const daysOn = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  await client.createToken({ name: 'old laptop', expires_at: daysOn(5) });
  await client.createToken({ name: 'nightly backup', expires_at: daysOn(365) });
  const { secret } = await client.createToken({ name: 'deploy pipeline', expires_at: daysOn(90) });
  await client.createToken({ name: 'assistant' });
  await verify(server, secret);
  await clientOf(server, bearer(secret)).call('GET', '/api/v1/me');
}

async function take(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(images, `${name}.png`), animations: 'disabled' });
  process.stderr.write(`Took docs/images/${name}.png\n`);
}
