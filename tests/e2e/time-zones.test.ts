import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ayu, type Client, signUp, type Token } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import {
  cellOf,
  copyAndClose,
  createInPortal,
  enterPortal,
  field,
  newTokenButton,
  openCreateForm,
  rowOf,
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

/** A day chosen where the user is, and the last instant of it. */
const choices: { timeZone: string; day: string; endsAt: string; why: string }[] = [
  {
    timeZone: 'Asia/Jakarta',
    day: '2035-12-31',
    endsAt: '2035-12-31T16:59:59.999Z',
    why: 'east of Greenwich',
  },
  {
    timeZone: 'America/St_Johns',
    day: '2035-03-10',
    endsAt: '2035-03-11T03:29:59.999Z',
    why: 'half an hour off, the day before the clock goes forward',
  },
  {
    timeZone: 'America/St_Johns',
    day: '2035-03-11',
    endsAt: '2035-03-12T02:29:59.999Z',
    why: 'a day of 23 hours',
  },
  {
    timeZone: 'America/St_Johns',
    day: '2035-11-04',
    endsAt: '2035-11-05T03:29:59.999Z',
    why: 'a day of 25 hours',
  },
  {
    timeZone: 'Africa/Cairo',
    day: '2035-04-26',
    endsAt: '2035-04-26T21:59:59.999Z',
    why: 'the day before one that begins at 01:00',
  },
  {
    timeZone: 'Pacific/Apia',
    day: '2035-06-15',
    endsAt: '2035-06-15T10:59:59.999Z',
    why: 'the first to see a day',
  },
  { timeZone: 'UTC', day: '2036-02-29', endsAt: '2036-02-29T23:59:59.999Z', why: 'a leap day' },
];

describe.each([...new Set(choices.map(({ timeZone }) => timeZone))])('in %s', (timeZone) => {
  test.each(choices.filter((choice) => choice.timeZone === timeZone))(
    'a token works until the last instant of $day there ($why), as the form says beforehand',
    async ({ day, endsAt }) => {
      const { context, page } = await browser.openWindow({ timezoneId: timeZone });
      await enterPortal(context, server, client);
      await page.goto(`${server.publicUrl}/api-overview/token`);
      await visible(newTokenButton(page));
      await openCreateForm(page);
      const name = `until ${day} in ${timeZone}`;
      const date = field(page, 'Expired date');
      await date.fill(day);
      await date.press('Tab');
      const preview = page.getByText(/^Works until/);
      await visible(preview);
      const said = (await preview.first().textContent()) ?? '';
      expect(said).toContain('23:59');
      expect(said).toContain(dayInWords(day));
      await createInPortal(page, name);
      await copyAndClose(page);
      await visible(rowOf(page, name));
      expect(await storedEnd(name)).toBe(endsAt);
      expect(await cellOf(page, name, 'Expired date')).toContain(dayInWords(day));
      await context.close();
    },
  );
});

test('a token for today works today and until midnight, wherever the user is', async () => {
  for (const timeZone of ['Pacific/Apia', 'Pacific/Pago_Pago']) {
    const { context, page } = await browser.openWindow({ timezoneId: timeZone });
    await enterPortal(context, server, client);
    await page.goto(`${server.publicUrl}/api-overview/token/new`);
    const today = new Intl.DateTimeFormat('en-CA', { timeZone }).format(new Date());
    const name = `today in ${timeZone}`;
    await field(page, 'Token Name').waitFor();
    await createInPortal(page, name, today);
    await copyAndClose(page);
    const end = new Date((await storedEnd(name)) ?? '');
    expect(new Intl.DateTimeFormat('en-CA', { timeZone }).format(end)).toBe(today);
    expect(new Intl.DateTimeFormat('en-CA', { timeZone }).format(end.getTime() + 1)).not.toBe(today);
    await context.close();
  }
});

test('the same token’s end shows as the day that it is where the user looks', async () => {
  await client.createToken({ name: 'new year', expires_at: '2035-12-31T20:00:00Z' });
  for (const [timeZone, day] of [
    ['UTC', '31 Dec 2035'],
    ['Asia/Jakarta', '1 Jan 2036'],
  ] as const) {
    const { context, page } = await browser.openWindow({ timezoneId: timeZone });
    await enterPortal(context, server, client);
    await page.goto(`${server.publicUrl}/api-overview/token`);
    await visible(rowOf(page, 'new year'));
    expect(await cellOf(page, 'new year', 'Expired date')).toContain(day);
    await context.close();
  }
});

async function storedEnd(name: string): Promise<string | null> {
  const found = await client.call('GET', `/api/v1/tokens?q=${encodeURIComponent(name)}`);
  const tokens = (found.body as { tokens: Token[] }).tokens.filter((token) => token.name === name);
  expect(tokens).toHaveLength(1);
  return tokens[0]?.expires_at ?? null;
}

/** `2035-12-31` as the portal writes it: 31 Dec 2035. */
function dayInWords(day: string): string {
  const [year, month, date] = day.split('-');
  const name = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
  return `${Number(date)} ${name[Number(month) - 1]} ${year}`;
}
