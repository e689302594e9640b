/** What an account asks proof for, in the browser: an address by its mail, a lost password, a change of passkeys. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type SmtpUnderTest, startSmtp } from '../../packages/server/src/accounts/smtp-under-test.ts';
import { budi, type Person } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser, type Window } from './browser.ts';
import { addPasskey, field, fillSignIn, gone, profileButton, signInInPortal, visible } from './portal.ts';
import { builtPortal } from './portal-build.ts';

let server: ServerProcess;
let smtp: SmtpUnderTest;
let browser: TestBrowser;

beforeAll(async () => {
  await builtPortal();
  smtp = await startSmtp();
  const mail = { LENCANA_SMTP_URL: smtp.url, LENCANA_MAIL_FROM: 'portal@example.com' };
  [server, browser] = await Promise.all([startServer({ env: mail }), launchBrowser()]);
  const admin = ['--email', 'admin@example.com', '--name', 'Ada', '--admin', '--password-stdin'];
  expect((await server.cli(['user', 'create', ...admin], budi.password)).code).toBe(0);
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
  await smtp?.close();
});

/** Opens the newest link to that page in the mails to the person, once it has come. */
async function openMailed({ page }: Window, person: Person, path: string): Promise<void> {
  const link = await expect
    .poll(() => smtp.mails.filter(({ to }) => to === person.email).flatMap(({ links }) => links), {
      timeout: 10_000,
    })
    .toContainEqual(expect.stringContaining(`/${path}#token=`))
    .then(() => smtp.mails.flatMap(({ links }) => links).findLast((one) => one.includes(`/${path}#`)));
  await page.goto(link ?? '');
}

/** As if the last sign-in had been long ago. */
function forgetProofs(): void {
  const database = new DatabaseSync(join(server.dataDir, 'lencana.db'));
  database.exec('PRAGMA busy_timeout = 5000; UPDATE sessions SET proven_at = NULL');
  database.close();
}

async function operatorMakes(person: Person): Promise<void> {
  const options = ['--email', person.email, '--name', person.name, '--password-stdin'];
  expect((await server.cli(['user', 'create', ...options], person.password)).code).toBe(0);
}

describe('an account', () => {
  test('is confirmed by a button and its password, never by opening the link', async () => {
    const person = { ...budi, name: 'Citra', email: 'citra@example.com' };
    const window = await browser.openWindow();
    const { page } = window;
    await page.goto(`${server.publicUrl}/sign-up`);
    await field(page, 'Full Name').fill(person.name);
    await field(page, 'Email Address').fill(person.email);
    await field(page, 'Password').fill(person.password);
    await field(page, 'Phone Number').fill(person.phoneNumber);
    await page.getByRole('button', { name: 'Sign Up' }).click();
    await visible(page.getByRole('heading', { name: 'Check your mail' }));
    await page.goto(`${server.publicUrl}/sign-in`);
    await fillSignIn(page, person);
    await visible(page.getByText('The email address or the password is wrong.'));
    await visible(page.getByRole('button', { name: 'send the mail again' }));

    await openMailed(window, person, 'verify-email');
    await visible(page.getByRole('heading', { name: 'Confirm your email address' }));
    expect(page.url()).toBe(`${server.publicUrl}/verify-email`);
    await field(page, 'Password').fill('Wrong-Horse-7-Battery');
    await page.getByRole('button', { name: 'Confirm and sign in' }).click();
    await visible(page.getByText('This is not the password of your account.'));
    await field(page, 'Password').fill(person.password);
    await page.getByRole('button', { name: 'Confirm and sign in' }).click();
    await visible(profileButton(page, person));
    await window.context.close();
  });

  test('asks who is there before its passkeys change, and goes on with what was wanted', async () => {
    const person = { ...budi, name: 'Dewi', email: 'dewi@example.com' };
    await operatorMakes(person);
    const window = await browser.openWindow();
    const { page } = window;
    await signInInPortal(page, server, person);
    await addPasskey(window, server, 'first laptop');
    forgetProofs();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await field(page, 'Passkey name').fill('second');
    await page.getByRole('button', { name: 'Continue' }).click();
    const asked = page.getByRole('dialog', { name: 'Confirm that it is you' });
    await visible(asked);
    await asked.getByRole('button', { name: 'Cancel' }).click();
    await visible(page.getByText('You did not confirm that it is you'));

    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Delete the passkey first laptop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await visible(asked);
    await asked.getByRole('textbox', { name: 'Password' }).fill('Wrong-Horse-7-Battery');
    await asked.getByRole('button', { name: 'Continue' }).click();
    await visible(asked.getByText('This is not the password of your account.'));
    await asked.getByRole('button', { name: 'Use a passkey' }).click();
    await visible(page.getByText('The passkey has been deleted'));
    await gone(page.getByText('first laptop'));

    forgetProofs();
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await field(page, 'Passkey name').fill('third');
    await page.getByRole('button', { name: 'Continue' }).click();
    await asked.getByRole('textbox', { name: 'Password' }).fill(person.password);
    await asked.getByRole('button', { name: 'Continue' }).click();
    await visible(page.getByText('The passkey has been added'));
    await visible(page.getByText('third'));
    await window.context.close();
  });

  test('with a lost password is set anew by a mailed link, which offers to remove its passkeys', async () => {
    const person = { ...budi, name: 'Eka', email: 'eka@example.com' };
    await operatorMakes(person);
    const window = await browser.openWindow();
    const { page } = window;
    await signInInPortal(page, server, person);
    await addPasskey(window, server, 'lost laptop');
    await page.goto(`${server.publicUrl}/forgot-password`);
    await field(page, 'Email Address').fill(person.email);
    await page.getByRole('button', { name: 'Send the link' }).click();
    await visible(page.getByRole('heading', { name: 'Check your mail' }));
    await openMailed(window, person, 'reset-password');
    await visible(page.getByRole('checkbox', { name: 'Also remove my passkey' }));
    expect(page.url()).toBe(`${server.publicUrl}/reset-password`);
    await field(page, 'New password').fill('Password123456!');
    await page.getByRole('button', { name: 'Set password' }).click();
    await visible(page.getByText('This password is easy to guess'));
    await field(page, 'New password').fill('Brand-New-Secret-42');
    await page.getByRole('checkbox', { name: 'Also remove my passkey' }).check();
    await page.getByRole('button', { name: 'Set password' }).click();
    await visible(page.getByRole('heading', { name: 'Your password is set' }));
    await signInInPortal(page, server, { ...person, password: 'Brand-New-Secret-42' });
    await page.goto(`${server.publicUrl}/profile`);
    await visible(page.getByText('You have no passkey yet.'));
    await window.context.close();
  });
});
