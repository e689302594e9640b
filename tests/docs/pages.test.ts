/** The documentation in a browser: accessible, no wider than the window, and reachable from a problem's `type`. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clientOf, type Problem } from '../api-client.ts';
import { launchBrowser, type TestBrowser } from '../e2e/browser.ts';
import { type ServerProcess, startServer } from '../server-process.ts';

const paths = [
  '',
  '/how-to-get-token/generate-new-token',
  '/verify',
  '/embed',
  '/operate/one-node',
  '/operate/accounts',
  '/operate/tls',
  '/operate/many-nodes',
  '/operate/failover',
  '/operate/observe',
  '/operate/sizing',
  '/operate/connections',
  '/operate/upgrade',
  '/configuration',
  '/cli',
  '/api',
  '/errors',
  '/nope',
];

let server: ServerProcess;
let browser: TestBrowser;

beforeAll(async () => {
  [server, browser] = await Promise.all([startServer(), launchBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe.each([
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 360 },
] as const)('in $colorScheme at $width px', ({ colorScheme, width }) => {
  test('every page passes axe, fits the window, and breaks no rule of the content policy', async () => {
    const { context, page } = await browser.openWindow({ colorScheme, viewport: { width, height: 800 } });
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('404')) complaints.push(message.text());
    });
    for (const path of paths) {
      await page.goto(`${server.publicUrl}/docs${path}`);
      const { violations } = await new AxeBuilder({ page }).analyze();
      const told = violations.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.html.slice(0, 200)}`);
      expect(told).toEqual([]);
      const overflow = await page.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(overflow, `${path} is wider than its window by`).toBeLessThanOrEqual(0);
    }
    expect(complaints).toEqual([]);
    await context.close();
  });
});

test('a problem’s type leads to the words about its code', async () => {
  const answer = await clientOf(server).call('GET', '/api/v1/me');
  const { type } = answer.body as Problem & { type: string };
  const { context, page } = await browser.openWindow();
  await page.goto(new URL(type, server.publicUrl).href);
  expect(await page.locator(':target').textContent()).toBe('unauthenticated');
  await context.close();
});
