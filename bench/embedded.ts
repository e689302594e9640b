/**
 * `verify()` inside a service: a verifier in a process of its own that asks a real server over HTTP for what it does not
 * know. Judged are one token, a thousand and a hundred thousand in turn, all of them in its memory.
 */
import { join } from 'node:path';
import { temporaryDirectory } from '../tests/run-directory.ts';
import { startServer } from '../tests/server-process.ts';
import type { EmbeddedFigures, EmbeddedOrder } from './embedded-process.ts';
import type { Extent } from './extent.ts';
import { fillDatabase } from './filled-database.ts';
import { startProgram } from './programs.ts';
import { type Row, rounded } from './row.ts';

const counts = [1, 1000, 100_000];

export async function measureEmbedded({ rounds, roundMs }: Extent): Promise<Row[]> {
  const server = await startServer();
  await server.stop();
  const file = join(temporaryDirectory('secrets'), 'secrets');
  const tokens = Math.max(...counts);
  fillDatabase({ dataDir: server.dataDir, tokens, secretFiles: [{ file, secrets: tokens }] });
  await server.start();
  const service = await startProgram('embedded-process.ts', [], 'load');
  try {
    const order: EmbeddedOrder = {
      url: server.verificationUrl,
      secretsFile: file,
      counts,
      rounds,
      roundMs: roundMs / 2,
    };
    const { nanoseconds, inPlace } = await service.ask<EmbeddedFigures>(order);
    return counts.map((count, at) => ({
      name: `embedded verify(), hot, ${count.toLocaleString('en-US')} token${count === 1 ? '' : 's'}`,
      value: rounded((nanoseconds[at] ?? 0) / 1000, 2),
      unit: 'µs',
      ...(count === 1 ? { goal: '≤ 1' } : {}),
      note: `of processor time, awaited, one after the other; ${rounded((inPlace[at] ?? 0) / 1000, 2)} µs by verifyNow(), which waits for nothing`,
    }));
  } finally {
    service.stop();
    await server.stop();
  }
}
