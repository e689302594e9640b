import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lanHost, launchBrowser, launchProfile, type TestBrowser } from './browser.ts';

let site: Server;
let browser: TestBrowser;
let port: number;

beforeAll(async () => {
  site = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<title>site</title><h1>Lencana</h1>');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  port = (site.address() as AddressInfo).port;
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  site?.close();
});

test('text renders, and web security is on', async () => {
  const { page } = browser;
  await page.goto(`http://localhost:${port}/`);
  const heading = await page.getByRole('heading').boundingBox();
  expect(heading?.height).toBeGreaterThan(20);
  const crossOrigin = await page.evaluate(
    `fetch('http://127.0.0.1:${port}/').then(() => 'read', () => 'refused')`,
  );
  expect(crossOrigin).toBe('refused');
});

test('localhost is a secure context, the LAN name over plain http is not', async () => {
  const { page } = await browser.openWindow();
  const probe = `({ secure: isSecureContext, clipboard: 'clipboard' in navigator })`;
  await page.goto(`http://localhost:${port}/`);
  expect(await page.evaluate(probe)).toEqual({ secure: true, clipboard: true });
  await page.goto(`http://${lanHost}:${port}/`);
  expect(await page.evaluate(probe)).toEqual({ secure: false, clipboard: false });
});

test('no other name leads anywhere', async () => {
  const { page } = await browser.openWindow();
  await expect(page.goto('http://example.com/')).rejects.toThrow('ERR_NAME_NOT_RESOLVED');
});

test('a window has the locale, time zone, scheme and size asked for', async () => {
  const { page } = await browser.openWindow({
    locale: 'id-ID',
    timezoneId: 'Asia/Jakarta',
    colorScheme: 'dark',
    viewport: { width: 360, height: 640 },
  });
  await page.goto(`http://localhost:${port}/`);
  const seen = await page.evaluate(`({
    language: navigator.language,
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    dark: matchMedia('(prefers-color-scheme: dark)').matches,
    width: innerWidth,
  })`);
  expect(seen).toEqual({ language: 'id-ID', zone: 'Asia/Jakarta', dark: true, width: 360 });
});

test('a profile is written to disk', async () => {
  const profile = await launchProfile();
  await profile.page.goto(`http://localhost:${port}/`);
  await profile.page.evaluate(`localStorage.setItem('kept', 'yes')`);
  await profile.close();
  expect(profile.userDataDir).toContain('profile-');
});
