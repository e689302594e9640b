import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { ayu, type Client, signUp, type Token } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import {
  deleteButton,
  enterPortal,
  gone,
  newTokenButton,
  rowOf,
  successfullyDeleted,
  visible,
} from './portal.ts';
import { builtPortal } from './portal-build.ts';

const many = 10_000;

let server: ServerProcess;
let browser: TestBrowser;
let client: Client;
let page: Page;

beforeAll(async () => {
  await builtPortal();
  [server, browser] = await Promise.all([
    startServer({ env: { LENCANA_TOKENS_PER_HOLDER_MAX: String(2 * many) } }),
    launchBrowser(),
  ]);
  client = await signUp(server, ayu);
  const { token } = await client.createToken({ name: 'the first' });
  multiply(token);
  const expired = await client.createToken({ name: 'ended', expires_at: inMs(1000) });
  await client.createToken({ name: 'ends tomorrow', expires_at: inMs(86_400_000) });
  const revoked = await client.createToken({ name: 'taken away' });
  await client.call('DELETE', `/api/v1/tokens/${revoked.token.id}`);
  await vi.waitFor(
    async () => {
      const read = await client.call('GET', `/api/v1/tokens/${expired.token.id}`);
      expect((read.body as { token: Token }).token.status).toBe('expired');
    },
    { timeout: 10_000 },
  );
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

beforeEach(async () => {
  const opened = await browser.openWindow();
  page = opened.page;
  await enterPortal(opened.context, server, client);
  await page.goto(`${server.publicUrl}/api-overview/token`);
  await visible(newTokenButton(page));
  await visible(page.getByText(`1–20 of 1,000+`));
  return () => opened.context.close();
});

const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

/** Rows like that of `token`, older by a second each: ten thousand in all, which a person would not click together. */
function multiply(token: Token): void {
  const database = new DatabaseSync(join(server.dataDir, 'lencana.db'));
  const columns = database
    .prepare(`SELECT name FROM pragma_table_info('tokens')`)
    .all()
    .map((row) => String(row.name));
  const replaced: Record<string, string> = {
    id: `id || '_' || n`,
    name: `'number ' || n`,
    name_key: `'number ' || n`,
    created_at_ms: 'created_at_ms - n * 1000',
  };
  const values = columns.map((column) => replaced[column] ?? column);
  database
    .prepare(
      `WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < ${many - 1})
       INSERT INTO tokens (${columns.join(', ')}) SELECT ${values.join(', ')} FROM tokens, series WHERE id = ?`,
    )
    .run(token.id);
  database.close();
}

const rows = () => page.getByRole('row').filter({ has: page.getByRole('rowheader') });
const names = async () => (await page.getByRole('rowheader').allTextContents()).map((name) => name.trim());
const heading = (name: string) => page.getByRole('columnheader', { name, exact: true });

test('ten thousand tokens come in pages of twenty, newest first, forward and back', async () => {
  expect(await rows().count()).toBe(20);
  expect((await names()).slice(0, 4)).toEqual(['ends tomorrow', 'ended', 'the first', 'number 1']);
  const next = page.getByRole('button', { name: 'Next' });
  await next.click();
  await visible(page.getByText('21–40 of 1,000+'));
  expect((await names())[0]).toBe('number 18');
  await next.click();
  await visible(page.getByText('41–60 of 1,000+'));
  await page.getByRole('button', { name: 'Previous' }).click();
  await visible(page.getByText('21–40 of 1,000+'));
  expect((await names())[0]).toBe('number 18');
  await page.goBack();
  await visible(page.getByText('41–60 of 1,000+'));
  await page.reload();
  await visible(page.getByText('41–60 of 1,000+'));
});

test('a search by any part of the name, in any case, finds what it names, and its address keeps it', async () => {
  const search = page.getByRole('searchbox', { name: 'Search by name' });
  await search.fill('NUMBER 4321');
  await visible(page.getByText('1–1 of 1'));
  expect(await names()).toEqual(['number 4321']);
  await page.reload();
  await visible(page.getByText('1–1 of 1'));
  expect(await search.inputValue()).toBe('NUMBER 4321');
  await search.fill('no such token');
  await visible(page.getByText('No token matches.'));
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await visible(page.getByText('1–20 of 1,000+'));
});

test('each status can be asked for alone, and deleted tokens show only then', async () => {
  const status = page.getByRole('combobox', { name: 'Status' });
  for (const [label, name] of [
    ['Expired', 'ended'],
    ['Expires soon', 'ends tomorrow'],
    ['Revoked', 'taken away'],
  ] as const) {
    await status.selectOption(label);
    await visible(rowOf(page, name));
    await visible(page.getByText('1–1 of 1'));
    await visible(rowOf(page, name).getByText(label, { exact: true }));
  }
  expect(await rowOf(page, 'taken away').getByRole('button').count()).toBe(0);
  await status.selectOption('Active');
  await gone(rowOf(page, 'taken away'));
  await visible(page.getByText('1–20 of 1,000+'));
});

test('every column sorts, either way, and says so', async () => {
  for (const column of ['Token Name', 'Token', 'Status', 'Created', 'Expired date', 'Last used']) {
    const before = await heading(column).getAttribute('aria-sort');
    await heading(column).getByRole('button').click();
    await expect.poll(() => heading(column).getAttribute('aria-sort')).not.toBe(before);
    const first = await heading(column).getAttribute('aria-sort');
    await heading(column).getByRole('button').click();
    await expect.poll(() => heading(column).getAttribute('aria-sort')).not.toBe(first);
    await expect.poll(() => page.getByRole('table').getAttribute('aria-busy')).toBe('false');
    expect(await rows().count()).toBe(20);
  }
  await page.goto(`${server.publicUrl}/api-overview/token?sort=name`);
  await visible(page.getByText('1–20 of 1,000+'));
  const shown = await names();
  expect(shown).toEqual([...shown].sort());
  expect(shown[0]).toBe('ended');
});

test('a token deleted on a later page leaves its place to the next, on the same page', async () => {
  const next = page.getByRole('button', { name: 'Next' });
  await next.click();
  await visible(page.getByText('21–40 of 1,000+'));
  const doomed = (await names())[3] ?? '';
  await page.getByRole('button', { name: `More actions for ${doomed}`, exact: true }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await deleteButton(page).click();
  await visible(successfullyDeleted(page));
  await visible(page.getByText('21–40 of 1,000+'));
  expect(await names()).not.toContain(doomed);
  expect(await rows().count()).toBe(20);
});
