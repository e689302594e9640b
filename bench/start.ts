/** From the command to the line that says it listens, on data that are there already. */
import { startServer } from '../tests/server-process.ts';
import type { Extent } from './extent.ts';
import { median, type Row } from './row.ts';

export async function measureStart({ starts }: Extent): Promise<Row[]> {
  const server = await startServer();
  const tookMs: number[] = [];
  for (let at = 0; at < starts; at++) {
    await server.stop();
    const startedAtMs = performance.now();
    await server.start();
    tookMs.push(performance.now() - startedAtMs);
  }
  await server.stop();
  const spread = `${Math.round(Math.min(...tookMs))}–${Math.round(Math.max(...tookMs))}`;
  const note = `median of ${starts} starts after the first (${spread} ms), SQLite`;
  return [{ name: 'start to listening', value: Math.round(median(tookMs)), unit: 'ms', note }];
}
