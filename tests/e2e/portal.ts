/**
 * What a user does in the portal, by the labels and roles that users and assistive technology go by: never by
 * CSS, test ids or the portal's own code. Each act ends when its outcome shows on the page.
 */
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Client, Person } from '../api-client.ts';
import type { ServerProcess } from '../server-process.ts';
import type { Window } from './browser.ts';

export const secretShape = /cldkctl_[0-9A-Za-z]{32}/;

export const visible = (locator: Locator) => locator.first().waitFor({ state: 'visible' });
export const gone = (locator: Locator) => locator.first().waitFor({ state: 'hidden' });

/** A field of a form, by its whole label. */
export const field = (page: Page, label: string) => page.getByRole('textbox', { name: label, exact: true });

/** By the link that the server printed, where it printed one. */
export async function signUpInPortal(page: Page, server: ServerProcess, person: Person): Promise<void> {
  await page.goto(server.setUpUrl() ?? `${server.publicUrl}/sign-up`);
  await field(page, 'Full Name').fill(person.name);
  await field(page, 'Email Address').fill(person.email);
  await field(page, 'Password').fill(person.password);
  await field(page, 'Phone Number').fill(person.phoneNumber);
  await page.getByRole('button', { name: 'Sign Up' }).click();
  await visible(profileButton(page, person));
}

export async function signInInPortal(page: Page, server: ServerProcess, person: Person): Promise<void> {
  await page.goto(`${server.publicUrl}/sign-in`);
  await fillSignIn(page, person);
  await visible(profileButton(page, person));
}

/** Fills the sign-in form that is on the page and sends it. */
export async function fillSignIn(page: Page, { email, password }: Person): Promise<void> {
  await field(page, 'Email Address').fill(email);
  await field(page, 'Password').fill(password);
  await page.getByRole('button', { name: 'Sign In', exact: true }).click();
}

/** Gives the browser the session that `client` has, for tests that are not about signing in. */
export async function enterPortal(
  context: BrowserContext,
  server: ServerProcess,
  client: Client,
): Promise<void> {
  const cookies = (client.credentials.cookie ?? '').split('; ').map((pair) => {
    const at = pair.indexOf('=');
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url: server.publicUrl };
  });
  await context.addCookies(cookies);
}

export const profileButton = (page: Page, person: Person) =>
  page.getByRole('banner').getByRole('button', { name: person.name });

export const signInPage = (page: Page) => page.getByRole('heading', { name: 'Sign In Now!' });

export async function signOutInPortal(page: Page, person: Person): Promise<void> {
  await profileButton(page, person).click();
  await page.getByRole('menuitem', { name: 'Sign Out' }).click();
  await visible(signInPage(page));
}

/** From any page: profile name → API → Token. */
export async function openTokenList(page: Page, person: Person): Promise<void> {
  await profileButton(page, person).click();
  await page.getByRole('menuitem', { name: 'API', exact: true }).click();
  await visible(page.getByRole('heading', { name: 'API Overview' }));
  await page.getByRole('tab', { name: 'Token', exact: true }).click();
  await visible(newTokenButton(page));
}

/** A virtual authenticator: whether its user touches it when asked. */
export type Authenticator = { touched(always: boolean): Promise<void> };

/** From any page: adds a passkey of this name, kept by a virtual authenticator that says yes to everything. */
export async function addPasskey(
  window: Window,
  server: ServerProcess,
  name: string,
): Promise<Authenticator> {
  const { context, page } = window;
  const devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto(`${server.publicUrl}/profile`);
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  await field(page, 'Passkey name').fill(name);
  await page.getByRole('button', { name: 'Continue' }).click();
  await visible(page.getByText('The passkey has been added'));
  await visible(page.getByText(name));
  return {
    async touched(always) {
      await devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled: always });
    },
  };
}

/** A link or a button: the user does not mind which. */
export const newTokenButton = (page: Page) =>
  page
    .getByRole('button', { name: 'New Token' })
    .or(page.getByRole('link', { name: 'New Token' }))
    .first();

export async function openCreateForm(page: Page): Promise<void> {
  await newTokenButton(page).click();
  await visible(page.getByRole('heading', { name: 'Create Token' }));
}

export const confirmButton = (page: Page) => page.getByRole('button', { name: 'Confirm', exact: true });
export const secretDialog = (page: Page) => page.getByRole('dialog', { name: 'Secret API Key' });

/** Fills the open form, confirms, and reads the secret; the dialog stays open. */
export async function createInPortal(page: Page, name: string, expiredDate?: string): Promise<string> {
  await field(page, 'Token Name').fill(name);
  if (expiredDate !== undefined) {
    await field(page, 'Expired date').fill(expiredDate);
    await field(page, 'Expired date').press('Tab');
  }
  await confirmButton(page).click();
  return await shownSecret(page);
}

export async function shownSecret(page: Page): Promise<string> {
  const dialog = secretDialog(page);
  await visible(dialog);
  const fields = await dialog.getByRole('textbox').all();
  const values = await Promise.all(fields.map((field) => field.inputValue().catch(() => '')));
  const secret = secretShape.exec([await dialog.textContent(), ...values].join('\n'))?.[0];
  expect(secret, 'the dialog shows a secret').toBeDefined();
  return secret ?? '';
}

export async function copyAndClose(page: Page): Promise<void> {
  await secretDialog(page).getByRole('button', { name: /^Copy/ }).click();
  await visible(secretDialog(page).getByRole('button', { name: /^Copied/ }));
  await closeButton(page).click();
  await gone(secretDialog(page));
}

/** The button that says Close, not a cross that is named so. */
export const closeButton = (page: Page) =>
  secretDialog(page).getByRole('button', { name: 'Close', exact: true }).last();

export const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });

/** The cell of a row under the column of that heading. */
export async function cellOf(page: Page, name: string, column: string): Promise<string> {
  const headings = await page.getByRole('columnheader').allInnerTexts();
  const at = headings.findIndex((heading) => heading.trim() === column);
  expect(at, `there is a column ${column} among ${headings.join(', ')}`).toBeGreaterThanOrEqual(0);
  const cells = rowOf(page, name).getByRole('cell').or(rowOf(page, name).getByRole('rowheader'));
  return ((await cells.nth(at).textContent()) ?? '').trim();
}

/** Opens the row's More menu. */
export async function openMore(page: Page, name: string): Promise<void> {
  await rowOf(page, name).getByRole('button', { name: /More/ }).click();
}

export const deleteDialog = (page: Page) => page.getByRole('dialog', { name: 'Delete token' });

/** Delete, Deleting… or Delete again: whatever the dialog's red button says. */
export const deleteButton = (page: Page) => deleteDialog(page).getByRole('button', { name: /^Delet/ });

export const successfullyDeleted = (page: Page) => page.getByText('Token has been successfully deleted');

/** From the row's More menu to the question. */
export async function openDelete(page: Page, name: string): Promise<void> {
  await openMore(page, name);
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await visible(deleteDialog(page));
}

/** Presses Tab until the element has the focus; fails when it cannot be reached. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await hasFocus(target)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not reach ${String(target)}`);
}

export async function hasFocus(target: Locator): Promise<boolean> {
  if ((await target.count()) === 0) return false;
  return await target.first().evaluate((element) => element.matches(':focus'));
}

/** Everything that this page keeps where scripts can reach it, and its HTML, as one text. */
export async function pageMemory(page: Page): Promise<string> {
  return await page.evaluate<string>(`(async () => {
    const databases = await indexedDB.databases();
    const stored = await Promise.all(databases.map(({ name }) => new Promise((resolve) => {
      const opening = indexedDB.open(name);
      opening.onsuccess = () => {
        const stores = [...opening.result.objectStoreNames];
        if (stores.length === 0) return resolve('');
        const reads = stores.map((store) => new Promise((done) => {
          const all = opening.result.transaction(store).objectStore(store).getAll();
          all.onsuccess = () => done(all.result);
        }));
        Promise.all(reads).then((found) => { opening.result.close(); resolve(JSON.stringify(found)); });
      };
    })));
    const fields = [...document.querySelectorAll('input, textarea')].map((field) => field.value);
    return [
      document.documentElement.outerHTML, document.title, location.href, document.cookie, window.name,
      JSON.stringify(history.state), JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage }),
      ...fields, ...stored, ...(globalThis.caches ? await caches.keys() : []),
    ].join('\\n');
  })()`);
}
