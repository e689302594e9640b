/** What a cached token takes in memory, and the longest pause while the cache grew. */
import type { Extent } from './extent.ts';
import type { MemoryFigures } from './memory-process.ts';
import { startProgram } from './programs.ts';
import { median, type Row, rounded } from './row.ts';

const fillings = 3;

export async function measureMemory({ tokensCached }: Extent): Promise<Row[]> {
  const figures: MemoryFigures[] = [];
  for (let filling = 0; filling < fillings; filling++) {
    const program = await startProgram<MemoryFigures>('memory-process.ts', [String(tokensCached)], 'server', [
      '--expose-gc',
    ]);
    program.stop();
    figures.push(program.said);
  }
  const medianOf = (read: (figure: MemoryFigures) => number) => median(figures.map(read));
  const ms = (read: (figure: MemoryFigures) => number) => `${medianOf(read).toFixed(1)} ms`;
  const all = `${tokensCached.toLocaleString('en-US')} tokens, median of ${fillings} fillings`;
  return [
    {
      name: 'memory for a cached token',
      value: Math.round(medianOf((figure) => figure.bytesPerToken)),
      unit: 'bytes',
      goal: '≤ 250',
      note: `heap and array buffers; ${all}; names of 14 characters, each token of another holder`,
    },
    {
      name: 'longest pause while the cache grows',
      value: rounded(
        medianOf(({ longestMs, longestGcMs }) => Math.max(longestMs, longestGcMs)),
        1,
      ),
      unit: 'ms',
      goal: '≤ 50',
      note: `the longest verification, or garbage collection if that was longer; ${all}; of the longest verification (${ms(({ longestMs }) => longestMs)}) its thread worked ${ms(({ workedMs }) => workedMs)}`,
    },
  ];
}
