/**
 * The scripts a browser fetches when it opens a page of the portal for the first time, counted by asking a real one;
 * their sizes are those of the built files under brotli and gzip, whatever the server chose to send.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { ayu, signUp } from '../tests/api-client.ts';
import { launchBrowser } from '../tests/e2e/browser.ts';
import { enterPortal } from '../tests/e2e/portal.ts';
import { builtPortal } from '../tests/e2e/portal-build.ts';
import { repositoryRoot } from '../tests/run-directory.ts';
import { type ServerProcess, startServer } from '../tests/server-process.ts';
import type { Row } from './row.ts';

const dist = join(repositoryRoot, 'packages', 'portal', 'dist');

export async function measureFirstLoad(): Promise<Row[]> {
  await builtPortal();
  const server = await startServer();
  const person = await signUp(server, ayu);
  const browser = await launchBrowser();
  try {
    const signIn = await scriptsOf(browser, server, '/sign-in');
    const window = await browser.openWindow();
    await enterPortal(window.context, server, person);
    const tokens = await scriptsOf(window, server, '/api-overview/token');
    return [...sizes('/sign-in', signIn), ...sizes('/api-overview/token', tokens)];
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** Paths of all scripts asked for until the network rests. */
async function scriptsOf(
  { page }: Pick<Awaited<ReturnType<typeof launchBrowser>>, 'page'>,
  server: ServerProcess,
  path: string,
): Promise<string[]> {
  const scripts = new Set<string>();
  page.on('request', (request) => {
    const { origin, pathname } = new URL(request.url());
    if (origin === server.publicUrl && pathname.endsWith('.js')) scripts.add(pathname);
  });
  await page.goto(`${server.publicUrl}${path}`, { waitUntil: 'networkidle' });
  if (new URL(page.url()).pathname !== path) throw new Error(`${path} led to ${page.url()}`);
  return [...scripts];
}

function sizes(path: string, scripts: string[]): Row[] {
  const sources = scripts.map((script) => readFileSync(join(dist, script)));
  const kilobytes = (compress: (source: Uint8Array) => Uint8Array) =>
    Math.round(sources.reduce((sum, source) => sum + compress(source).length, 0) / 102.4) / 10;
  const plain = kilobytes((source) => source);
  const note = `${scripts.length} files, ${plain} KB before compression`;
  return [
    { name: `scripts of ${path}, brotli`, value: kilobytes(brotliCompressSync), unit: 'KB', note },
    { name: `scripts of ${path}, gzip`, value: kilobytes((source) => gzipSync(source)), unit: 'KB', note },
  ];
}
