import type { Page, Route } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ayu, type Client, signIn, signUp, type Token, verify } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import { holdDeletes, onDelete, problem, shutGate } from './intercepted-deletes.ts';
import {
  cellOf,
  deleteButton,
  deleteDialog,
  enterPortal,
  gone,
  openDelete,
  rowOf,
  signInPage,
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

describe('when it fails', () => {
  const again = 'Delete it again: that is safe, and waits until every service refuses it.';
  const lostAfterCommit = async (route: Route) => {
    await route.fetch();
    await route.abort('connectionreset');
  };

  test.each([
    {
      what: 'a connection lost before the server was asked',
      fail: (route: Route) => route.abort('connectionreset'),
      says: ['The server cannot be reached.', 'It is not known whether the token was deleted.', again],
      status: 'active',
    },
    {
      what: 'a connection lost after the server deleted it',
      fail: lostAfterCommit,
      says: ['The server cannot be reached.', 'The token is deleted for good', again],
      status: 'revoked',
    },
    {
      what: 'a deletion that could not be confirmed',
      fail: problem(503, 'not_yet_final'),
      says: [
        'It could not be confirmed that every service refuses the token.',
        'The token is deleted for good',
        again,
      ],
      status: 'active',
    },
    {
      what: 'a server that cannot, and did not',
      fail: problem(503, 'unavailable'),
      says: ['The server cannot do this right now.', 'The token was not deleted.', 'Try again in a moment.'],
      status: 'active',
    },
    {
      what: 'a gateway that did not wait',
      fail: (route: Route) => route.fulfill({ status: 504, body: '<html>Gateway Timeout</html>' }),
      says: ['The server cannot be reached.', 'It is not known whether the token was deleted.', again],
      status: 'active',
    },
    {
      what: 'a refusal',
      fail: problem(403, 'forbidden'),
      says: ['As the server says.', 'The token was not deleted.'],
      status: 'active',
    },
  ])(
    '$what: it says what is known and what to do, and a second try deletes it',
    async ({ fail, says, status }) => {
      const sent = await onDelete(page, (route, nth) => (nth === 1 ? fail(route) : route.continue()));
      await openDelete(page, token.name);
      await deleteButton(page).click();
      const failure = deleteDialog(page).getByRole('alert');
      for (const sentence of says) await visible(failure.getByText(sentence));
      expect(await statusAtServer()).toBe(status);
      expect(await successfullyDeleted(page).count()).toBe(0);
      expect(await rowOf(page, token.name).count()).toBe(1);
      await deleteButton(page).click();
      await visible(waiting());
      await visible(successfullyDeleted(page));
      expect(sent()).toBe(2);
      expect((await verify(server, secret)).status).toBe(401);
      await gone(rowOf(page, token.name));
    },
  );

  test('one that may have deleted it stays in the table, marked, until a second try confirms it', async () => {
    await onDelete(page, (route, nth) => (nth === 1 ? lostAfterCommit(route) : route.continue()));
    await openDelete(page, token.name);
    await deleteButton(page).click();
    await visible(deleteDialog(page).getByText(again));
    await page.keyboard.press('Escape');
    await gone(deleteDialog(page));
    expect(await cellOf(page, token.name, 'Status')).toBe('Not confirmed');
    await openDelete(page, token.name);
    await visible(deleteDialog(page).getByText(again));
    await deleteDialog(page).getByRole('button', { name: 'Delete again' }).click();
    await visible(successfullyDeleted(page));
    await gone(rowOf(page, token.name));
  });

  test('one that was left is told in the corner, with the way to delete it again', async () => {
    const gate = shutGate();
    await onDelete(page, async (route, nth) => {
      if (nth > 1) return route.continue();
      await gate.passed;
      await problem(503, 'not_yet_final')(route);
    });
    await openDelete(page, token.name);
    await deleteButton(page).click();
    await deleteDialog(page).getByRole('button', { name: 'Close' }).click();
    await gone(deleteDialog(page));
    gate.open();
    const notice = page
      .getByRole('alert')
      .filter({ hasText: `Deletion of “${token.name}” is not confirmed` });
    await visible(notice.getByText(again));
    await notice.getByRole('button', { name: 'Delete again' }).click();
    await visible(successfullyDeleted(page));
  });

  test('a token deleted in another tab is waited for like any other', async () => {
    await openDelete(page, token.name);
    await client.call('DELETE', `/api/v1/tokens/${token.id}`);
    await deleteButton(page).click();
    await visible(successfullyDeleted(page));
    await gone(rowOf(page, token.name));
  });

  test('a token that is not there any more is told so, and nothing is claimed', async () => {
    await onDelete(page, problem(404, 'not_found'));
    await openDelete(page, token.name);
    await deleteButton(page).click();
    await visible(page.getByText(`“${token.name}” is not among your tokens any more.`));
    await gone(deleteDialog(page));
    expect(await successfullyDeleted(page).count()).toBe(0);
  });

  test('a session that ended first: the sign-in page says that the token was not deleted', async () => {
    await openDelete(page, token.name);
    await page.context().clearCookies();
    await deleteButton(page).click();
    await visible(signInPage(page));
    await visible(page.getByText(`You were signed out before “${token.name}” could be deleted.`));
    expect(await statusAtServer()).toBe('active');
  });
});

describe('a reload meanwhile', () => {
  test('takes up a deletion that the server has begun, and says so', async () => {
    const gate = shutGate();
    const sent = await onDelete(page, async (route, nth) => {
      if (nth === 1) return void (await route.fetch());
      await gate.passed;
      await route.continue();
    });
    await openDelete(page, token.name);
    await deleteButton(page).click();
    await expect.poll(statusAtServer).toBe('revoked');
    await page.reload();
    await visible(goesOnNotice().getByText('The page was reloaded meanwhile.'));
    gate.open();
    await visible(successfullyDeleted(page));
    expect(sent()).toBe(2);
  });

  test('before the server was asked deletes nothing, and says so', async () => {
    const { sent } = await holdDeletes(page);
    await openDelete(page, token.name);
    await deleteButton(page).click();
    await visible(waiting());
    await expect.poll(sent).toBe(1);
    await page.reload();
    await visible(page.getByText(`“${token.name}” was not deleted: the page was reloaded`));
    expect(await cellOf(page, token.name, 'Status')).toBe('Active');
    expect(await statusAtServer()).toBe('active');
    expect(sent()).toBe(1);
  });
});
