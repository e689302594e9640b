/**
 * Builds the portal's bundle and, next to each text file, its brotli and gzip forms, so that the server compresses
 * nothing while somebody waits. With `--if-stale` only when a source is newer than the bundle, so that a start costs
 * no build.
 */
import { existsSync, globSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

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

/** Writes `<file>.br` and `<file>.gz` where they are smaller than the file; all answers are public, so no secret leaks by length. */
function compressTexts(): void {
  for (const name of globSync('**/*.{html,js,css,svg,json,webmanifest,txt}', { cwd: `${folder}dist` })) {
    const path = `${folder}dist/${name}`;
    const plain = readFileSync(path);
    const brotli = brotliCompressSync(plain, {
      params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length, [constants.BROTLI_PARAM_QUALITY]: 11 },
    });
    const gzip = gzipSync(plain, { level: 9 });
    if (brotli.length < plain.length) writeFileSync(`${path}.br`, brotli);
    if (gzip.length < plain.length) writeFileSync(`${path}.gz`, gzip);
  }
}

if (!process.argv.includes('--if-stale') || isStale()) {
  process.stderr.write('Building the portal (once; a few seconds) …\n');
  const { build } = await import('vite');
  await build({ root: folder, configFile: `${folder}vite.config.ts`, logLevel: 'warn' });
  compressTexts();
  writeFileSync(stamp, '');
}
