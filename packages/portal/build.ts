/** Builds the portal's bundle. With `--if-stale` only when a source is newer than the bundle, so that a start costs no build. */
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
const stamp = `${folder}dist/.built`;

function newestMs(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestMs(`${path}/${name}`)));
}

function isStale(): boolean {
  if (!existsSync(stamp)) return true;
  const sources = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json', 'build.ts']
    .map((name) => folder + name)
    .filter(existsSync);
  return Math.max(...sources.map(newestMs)) > statSync(stamp).mtimeMs;
}

/** Browsers run what lies there, so others may not write it, whatever the umask is. */
function closeToOthers(path: string): void {
  const found = statSync(path);
  chmodSync(path, found.mode & 0o755);
  if (found.isDirectory()) for (const name of readdirSync(path)) closeToOthers(`${path}/${name}`);
}

if (!process.argv.includes('--if-stale') || isStale()) {
  process.stderr.write('Building the portal (once; a few seconds) …\n');
  const { build } = await import('vite');
  await build({ root: folder, configFile: `${folder}vite.config.ts`, logLevel: 'warn' });
  writeFileSync(stamp, '');
  closeToOthers(`${folder}dist`);
}
