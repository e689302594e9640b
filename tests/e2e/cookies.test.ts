/** One browser, one host, several programs: cookies know no ports, and sign-in survives those that are not ours. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ayu, budi, signUp } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import { profileButton, signInInPortal, signOutInPortal, visible } from './portal.ts';
import { builtPortal } from './portal-build.ts';

let servers: ServerProcess[];
let browser: TestBrowser;

beforeAll(async () => {
  await builtPortal();
  [servers, browser] = await Promise.all([Promise.all([startServer(), startServer()]), launchBrowser()]);
});

afterAll(async () => {
  await browser?.close();
  await Promise.all(servers?.map((server) => server.kill()) ?? []);
});

test('two deployments on one host do not sign each other out, and another program’s cookies harm neither', async () => {
  const [one, two] = servers as [ServerProcess, ServerProcess];
  await Promise.all([signUp(one, ayu), signUp(two, budi)]);
  const { context, page } = await browser.openWindow();
  await signInInPortal(page, one, ayu);
  await signInInPortal(page, two, budi);
  await page.goto(one.publicUrl);
  await visible(profileButton(page, ayu));

  // Another program on the same host: strange bytes, and cookies of our own names for a path that comes first.
  const names = (await context.cookies(one.publicUrl)).map(({ name }) => name);
  expect(names.length).toBeGreaterThanOrEqual(2);
  const other = createServer((_request, response) => {
    const set = ['caf\u00e9=\u00ff\u0080"', ...names.map((name) => `${name}=made.up; Path=/api`)];
    response.writeHead(200, { 'set-cookie': set, 'content-type': 'text/html' }).end('<h1>Another</h1>');
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  await page.goto(`http://localhost:${(other.address() as AddressInfo).port}/`);
  other.close();
  for (const [server, person] of [
    [one, ayu],
    [two, budi],
  ] as const) {
    await page.goto(server.publicUrl);
    await visible(profileButton(page, person));
  }

  await signOutInPortal(page, budi);
  await page.goto(one.publicUrl);
  await visible(profileButton(page, ayu));
  await context.close();
});
