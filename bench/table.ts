/** Rows as people read them. */
import type { Row } from './row.ts';

const headings = ['what', 'figure', 'unit', 'goal', 'how'];

export function table(rows: readonly Row[]): string {
  const shown = (value: number | null) => (value === null ? '–' : value.toLocaleString('en-US'));
  const cells = [
    headings,
    ...rows.map(({ name, value, unit, goal = '', note }) => [name, shown(value), unit, goal, note]),
  ];
  const widths = headings.map((_, column) => Math.max(...cells.map((cell) => cell[column]?.length ?? 0)));
  const padded = (cell: string, column: number) => {
    const width = column === headings.length - 1 ? 0 : (widths[column] ?? 0);
    return column === 1 ? cell.padStart(width) : cell.padEnd(width);
  };
  return cells.map((cell) => cell.map(padded).join('  ').trimEnd()).join('\n');
}
