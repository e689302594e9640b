import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ayu, verify } from '../api-client.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { lanHost, launchBrowser, type TestBrowser } from './browser.ts';
import {
  copyAndClose,
  createInPortal,
  openCreateForm,
  openTokenList,
  signInInPortal,
  visible,
} from './portal.ts';
import { builtPortal } from './portal-build.ts';

let server: ServerProcess;
let browser: TestBrowser;

beforeAll(async () => {
  await builtPortal();
  const port = await freePort();
  const env = { LENCANA_LISTEN: `127.0.0.1:${port}`, LENCANA_PUBLIC_URL: `http://${lanHost}:${port}` };
  [server, browser] = await Promise.all([startServer({ env }), launchBrowser()]);
  const made = await server.cli(
    ['user', 'create', '--email', ayu.email, '--name', ayu.name, '--password-stdin', '--admin'],
    ayu.password,
  );
  expect(made.code, made.stderr).toBe(0);
});

afterAll(async () => {
  await browser?.close();
  await server?.kill();
});

test('on a LAN name over plain http, where browsers give no clipboard, the secret is still copied', async () => {
  const { page } = browser;
  await signInInPortal(page, server, ayu);
  expect(await page.evaluate('isSecureContext')).toBe(false);
  expect(await page.evaluate('navigator.clipboard === undefined')).toBe(true);
  await openTokenList(page, ayu);
  await openCreateForm(page);
  const secret = await createInPortal(page, 'over plain http');
  await copyAndClose(page);
  const anywhere = page.getByRole('textbox').or(page.getByRole('searchbox')).first();
  await visible(anywhere);
  await anywhere.focus();
  await page.keyboard.press('ControlOrMeta+V');
  expect(await anywhere.inputValue()).toBe(secret);
  expect((await verify(server, secret)).status).toBe(200);
});

test('a portal opened at another address than its own says where it belongs', async () => {
  const { page } = await browser.openWindow();
  await page.goto(server.localUrl);
  await visible(page.getByRole('link', { name: new RegExp(lanHost) }));
});

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
