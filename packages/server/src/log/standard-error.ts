/**
 * Standard error of this process, written without ever waiting for its reader. Node's own `process.stderr` waits: a terminal that was
 * stopped or a pipe that nobody reads would stop verification with it.
 */
import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { createLineWriter } from './line-writer.ts';

const STANDARD_ERROR = 2;

let descriptor: number | null = null;

/** The one of this process: whoever logs in it shares its buffer. */
export const standardError = createLineWriter({
  write: (bytes) => {
    descriptor ??= withoutWaiting(STANDARD_ERROR);
    return writeSync(descriptor, bytes);
  },
  timer: (callback, afterMs, holds) => {
    const timeout = setTimeout(callback, afterMs);
    if (!holds) timeout.unref();
    return () => clearTimeout(timeout);
  },
  lossLine: (lines, code) =>
    `${JSON.stringify({
      level: 40,
      time: new Date().toISOString(),
      lines,
      code,
      msg: 'lines of the log were dropped, because standard error could not be written',
    })}\n`,
});

/**
 * A descriptor of the same file that answers EAGAIN instead of waiting. One of its own where the system gives one: the mode of the
 * inherited one is shared with other processes, which set it back when they end.
 */
function withoutWaiting(inherited: number): number {
  const stats = fstatSync(inherited);
  if (process.platform === 'win32' || stats.isFile()) return inherited;
  if (stats.isFIFO() || stats.isCharacterDevice()) {
    try {
      const { O_WRONLY, O_NONBLOCK, O_NOCTTY, O_APPEND } = constants;
      return openSync(`/proc/self/fd/${inherited}`, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_APPEND);
    } catch {
      // Not on this system, or not for this user.
    }
  }
  if (stats.isFIFO() || stats.isSocket()) {
    // Taking it into the event loop makes it one that does not wait. It stays open as long as the process.
    new Socket({ fd: inherited, readable: false, writable: true }).on('error', () => {}).unref();
  }
  return inherited;
}
