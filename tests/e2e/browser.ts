/**
 * A browser for the tests: Chromium with web security as users have it, talking to loopback only.
 * One process for each `launchBrowser`; more isolated windows from `openWindow`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Page,
} from 'playwright-core';
import { runDirectory, temporaryDirectory } from '../run-directory.ts';
import { findChromium } from './chromium.ts';

/** A name that resolves to loopback inside the browser: plain http on it is no secure context. */
export const lanHost = 'portal.lan';

export type WindowOptions = Pick<
  BrowserContextOptions,
  'locale' | 'timezoneId' | 'colorScheme' | 'viewport' | 'permissions' | 'baseURL' | 'reducedMotion'
>;

export type Window = {
  context: BrowserContext;
  page: Page;
};

export type TestBrowser = Window & {
  /** A window that shares nothing with the others: cookies, storage, cache. */
  openWindow(options?: WindowOptions): Promise<Window>;
  close(): Promise<void>;
};

export type Profile = Window & {
  /** The browser's files of this user, still there after `close` until the run ends. */
  userDataDir: string;
  close(): Promise<void>;
};

/** Default: English, UTC, light, 1280 × 800, permission to read the clipboard. */
const usual: WindowOptions = {
  locale: 'en-US',
  timezoneId: 'UTC',
  colorScheme: 'light',
  viewport: { width: 1280, height: 800 },
  permissions: ['clipboard-read'],
  reducedMotion: 'reduce',
};

/** How long an expected element may take to come: generous, since two suites may share the machine. */
const patienceMs = 15_000;
const sandboxTrialMs = 5000;

export async function launchBrowser(options: WindowOptions = {}): Promise<TestBrowser> {
  const browser = await chromium.launch(await launchSettings());
  const openWindow = async (more: WindowOptions = {}): Promise<Window> => {
    const context = await browser.newContext({ ...usual, ...options, ...more });
    return await ready(context);
  };
  return { ...(await openWindow()), openWindow, close: () => browser.close() };
}

/** A browser whose profile is written to disk, as a user's is. */
export async function launchProfile(options: WindowOptions = {}): Promise<Profile> {
  const userDataDir = temporaryDirectory('profile');
  const context = await chromium.launchPersistentContext(userDataDir, {
    ...(await launchSettings()),
    ...usual,
    ...options,
  });
  return { ...(await ready(context)), userDataDir, close: () => context.close() };
}

async function ready(context: BrowserContext): Promise<Window> {
  context.setDefaultTimeout(patienceMs);
  const page = context.pages()[0] ?? (await context.newPage());
  return { context, page };
}

async function launchSettings(): Promise<LaunchOptions> {
  runDirectory();
  const { path, env } = await findChromium();
  const inherited = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  const settings = { executablePath: path, headless: true, args: switches, env: { ...inherited, ...env } };
  return { ...settings, chromiumSandbox: await sandboxWorks(settings) };
}

/**
 * Root cannot have Chromium's sandbox, nor can a container without user namespaces; whoever can, does. Found
 * out once for a run, by opening a page with it.
 */
async function sandboxWorks(settings: LaunchOptions): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  if (process.getuid?.() === 0) return false;
  const known = join(runDirectory(), 'sandbox');
  if (!existsSync(known))
    writeFileSync(known, String(await opensPage({ ...settings, chromiumSandbox: true })));
  return readFileSync(known, 'utf8') === 'true';
}

async function opensPage(settings: LaunchOptions): Promise<boolean> {
  const browser = await chromium.launch({ ...settings, timeout: sandboxTrialMs }).catch(() => null);
  if (!browser) return false;
  const trial = browser.newPage().then((page) => page.evaluate('true'));
  const late = delay(sandboxTrialMs, false, { ref: false });
  const opened = await Promise.race([trial.catch(() => false), late]);
  await browser.close();
  return opened === true;
}

/** Beside Playwright's own: nothing phones home, and no name but these two leads anywhere. */
const switches = [
  '--disable-gpu',
  '--disable-sync',
  '--disable-domain-reliability',
  '--no-pings',
  `--host-resolver-rules=MAP ${lanHost} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1`,
];
