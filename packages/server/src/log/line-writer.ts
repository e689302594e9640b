/**
 * Writes lines where the reader may stall, the disk be full or nobody read any more, and never waits for it: what cannot be written
 * is kept up to a bound, then dropped and counted, and the loss is told in a line once writing works again. Never throws. Where the
 * bytes go is passed in.
 */

export type LineWriterParts = {
  /** Writes as many of the bytes as it can without waiting and returns how many; throws as node:fs does. */
  readonly write: (bytes: Uint8Array) => number;
  /** Calls back after so many milliseconds. Returns how to call that off. `holds`: keeps the process alive until then. */
  readonly timer: (callback: () => void, afterMs: number, holds: boolean) => () => void;
  /** The line, with its end, that tells how many were lost and why (`EAGAIN`, `ENOSPC` …). */
  readonly lossLine: (lines: number, code: string) => string;
};

export type LineWriter = {
  /** `line` with its end. */
  readonly write: (line: string) => void;
  /** Lines that nobody will see, since the start. */
  readonly linesDropped: () => number;
  /** Tries once, now: for a process that ends. */
  readonly flushNow: () => void;
  /** Resolves when everything is written, or nothing more can be within so many milliseconds. */
  readonly flush: (withinMs: number) => Promise<void>;
};

/** What is kept while nothing can be written, in bytes. */
export const KEPT_BYTES_MAX = 256 * 1024;
/** Writes of at most this many bytes are not mingled with those of other processes on the same pipe (PIPE_BUF). */
const ATOMIC_BYTES = 4096;
/** How soon to try again when the reader is slow, and when something is broken, in milliseconds. */
const SLOW_MS = 20;
const BROKEN_MS = 1000;

export function createLineWriter({ write, timer, lossLine }: LineWriterParts): LineWriter {
  const kept: Buffer[] = [];
  let keptBytes = 0;
  let lost = 0;
  let lostEver = 0;
  let code = '';
  let cancelRetry: (() => void) | null = null;
  let flushed: (() => void)[] = [];

  function add(line: string): void {
    const bytes = Buffer.from(line);
    // Once one was dropped, all are until the rest is out: what is lost is one gap, told where it is.
    if (lost > 0 || keptBytes + bytes.length > KEPT_BYTES_MAX) {
      lost += 1;
      lostEver += 1;
      return;
    }
    keep(bytes);
    if (cancelRetry === null) writeKept();
  }

  function keep(bytes: Buffer): void {
    kept.push(bytes);
    keptBytes += bytes.length;
  }

  function writeKept(): void {
    while (kept.length > 0) {
      const wrote = attempt(nextBytes());
      if (wrote === null) return;
      forget(wrote);
      if (kept.length > 0 || lost === 0) continue;
      const gap = lossLine(lost, code);
      lost = 0;
      keep(Buffer.from(gap));
    }
    for (const resolve of flushed) resolve();
    flushed = [];
  }

  /** Whole lines, as many as are written in one piece; a longer line goes alone. */
  function nextBytes(): Buffer {
    let bytes = 0;
    let lines = 0;
    for (const line of kept) {
      if (lines > 0 && bytes + line.length > ATOMIC_BYTES) break;
      bytes += line.length;
      lines += 1;
    }
    return lines === 1 ? (kept[0] as Buffer) : Buffer.concat(kept.slice(0, lines), bytes);
  }

  /** null: not now. */
  function attempt(bytes: Buffer): number | null {
    try {
      const wrote = write(bytes);
      if (wrote > 0) return wrote;
      code = 'EAGAIN';
    } catch (error) {
      code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    }
    retryAfter(code === 'EAGAIN' || code === 'EINTR' ? SLOW_MS : BROKEN_MS);
    return null;
  }

  function retryAfter(ms: number): void {
    cancelRetry?.();
    cancelRetry = timer(
      () => {
        cancelRetry = null;
        writeKept();
      },
      ms,
      false,
    );
  }

  function forget(wrote: number): void {
    keptBytes -= wrote;
    let left = wrote;
    while (left > 0) {
      const line = kept[0] as Buffer;
      if (line.length > left) {
        kept[0] = line.subarray(left);
        return;
      }
      left -= line.length;
      kept.shift();
    }
  }

  return {
    write: add,
    linesDropped: () => lostEver,
    flushNow: writeKept,
    flush: (withinMs) =>
      new Promise((resolve) => {
        if (kept.length === 0) return resolve();
        const cancel = timer(resolve, withinMs, true);
        flushed.push(() => {
          cancel();
          resolve();
        });
      }),
  };
}
