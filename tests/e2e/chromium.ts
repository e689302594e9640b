/**
 * Finds a Chromium that runs on this machine. On Linux x64 it is the one npm installed, unpacked once into
 * node_modules/.cache; its bundled libraries are used only where the system lacks them. Elsewhere it is an
 * installed Chrome or Chromium, named by CHROME_PATH or found in the usual places.
 */
import { execFile } from 'node:child_process';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pinnedNode, repositoryRoot } from '../run-directory.ts';

export type ChromiumProgram = {
  path: string;
  /** What to add to the browser's environment for it to start and to find fonts. */
  env: Record<string, string>;
};

const run = promisify(execFile);

export async function findChromium(): Promise<ChromiumProgram> {
  const named = process.env.CHROME_PATH;
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROME_PATH names no file: ${named}`);
    return { path: named, env: {} };
  }
  if (process.platform === 'linux' && process.arch === 'x64') return await bundledChromium();
  const found = usualPlaces().find((path) => existsSync(path));
  if (found) return { path: found, env: {} };
  throw new Error(
    'the browser tests need Chrome or Chromium: install one, or name it with CHROME_PATH ' +
      `(npm brings one for Linux on x64 only; this is ${process.platform} on ${process.arch})`,
  );
}

function usualPlaces(): string[] {
  if (process.platform === 'darwin') {
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].map(
      (name) => `/Applications/${name}.app/Contents/MacOS/${name}`,
    );
  }
  if (process.platform === 'win32') {
    return ['C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'];
  }
  const names = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser'];
  return names.flatMap((name) => [`/usr/bin/${name}`, `/usr/local/bin/${name}`, `/snap/bin/${name}`]);
}

async function bundledChromium(): Promise<ChromiumProgram> {
  const home = join(repositoryRoot, 'node_modules', '@sparticuz', 'chromium');
  const { version }: { version: string } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const unpacked = join(cacheDirectory(), `chromium-${version}`);
  if (!existsSync(unpacked)) await unpack(join(home, 'bin'), unpacked);
  const path = join(unpacked, 'chromium');
  const fonts = { FONTCONFIG_FILE: join(unpacked, 'fonts.conf') };
  if (await starts(path, {})) return { path, env: fonts };
  const libraries = { LD_LIBRARY_PATH: join(unpacked, 'al2023', 'lib') };
  const problem = await problemStarting(path, libraries);
  if (problem) throw new Error(`Chromium does not start, with its bundled libraries neither: ${problem}`);
  return { path, env: { ...fonts, ...libraries } };
}

function cacheDirectory(): string {
  const directory = join(repositoryRoot, 'node_modules', '.cache', 'lencana');
  mkdirSync(directory, { recursive: true });
  accessSync(directory, constants.W_OK);
  return directory;
}

/** Unpacks beside the target and renames, so that a run beside this one never sees half of it. */
async function unpack(packed: string, target: string): Promise<void> {
  const partial = `${target}-${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  // The package unpacks into the temporary directory and nowhere else: a process of its own gets another one.
  const script = `
    const { inflate } = await import('@sparticuz/chromium');
    for (const name of process.argv.slice(1)) await inflate(name);`;
  const archives = ['chromium.br', 'fonts.tar.br', 'al2023.tar.br'].map((name) => join(packed, name));
  await run(pinnedNode, ['--input-type=module', '--eval', script, '--', ...archives], {
    cwd: repositoryRoot,
    env: { ...process.env, TMPDIR: partial },
  });
  writeFileSync(join(partial, 'fonts.conf'), fontSettings(join(target, 'fonts'), join(target, 'font-cache')));
  try {
    renameSync(partial, target);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
}

/** The system's fonts where there are any, and the bundled one so that text shows on a machine without. */
function fontSettings(fonts: string, cache: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${fonts}</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${cache}</cachedir>
</fontconfig>
`;
}

async function starts(path: string, env: Record<string, string>): Promise<boolean> {
  return (await problemStarting(path, env)) === undefined;
}

/** What the loader says when shared libraries are missing; nothing when the browser can tell its version. */
async function problemStarting(path: string, env: Record<string, string>): Promise<string | undefined> {
  try {
    await run(path, ['--version'], { env: { ...process.env, ...env }, timeout: 20_000 });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
