/**
 * Where Node keeps what it made of the sources between two starts. What lies there is run, so it is a folder of this user alone, beside
 * the program: never Node's default, the shared temporary folder, where anybody could have put code.
 */
import { lstatSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/compile/', import.meta.url));
const ANYBODY_ELSE_WRITES = 0o022;

/** null: no folder can be trusted, so nothing is kept. */
export function compileCacheFolder(folder: string = FOLDER): string | null {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (process.platform === 'win32') return folder;
    const stats = lstatSync(folder);
    const isOurs = stats.isDirectory() && stats.uid === process.getuid?.();
    return isOurs && (stats.mode & ANYBODY_ELSE_WRITES) === 0 ? folder : null;
  } catch {
    // A program that was installed by another user, or on a disk that cannot be written.
    return null;
  }
}
