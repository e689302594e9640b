/**
 * `npm run bench`: measures what users and operators wait for and prints one table; `-- --json FILE` writes it as JSON
 * too. Figures tell of this machine at this moment: nothing here passes or fails. What each row means stands in
 * README.md beside this file.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { endRun, pinnedNode, repositoryRoot } from '../tests/run-directory.ts';
import { measureFirstLoad } from './first-load.ts';
import { measureInstall } from './install.ts';
import type { Row } from './row.ts';
import { measureStart } from './start.ts';
import { measureVerify } from './verify.ts';

const { values } = parseArgs({ options: { json: { type: 'string' } } });

const parts: [name: string, measure: () => Promise<Row[]>][] = [
  ['start', measureStart],
  ['verify', measureVerify],
  ['first load', measureFirstLoad],
  ['install', measureInstall],
];

const rows: Row[] = [];
for (const [name, measure] of parts) {
  process.stderr.write(`Measuring ${name} …\n`);
  rows.push(...(await measure().catch((error: unknown) => [failure(name, error)])));
}
await endRun();

const machine = {
  commit: output('git', ['rev-parse', '--short', 'HEAD']),
  lencana: versionOf('packages/server'),
  node: output(pinnedNode, ['--version']),
  npm: output('npm', ['--version']),
  processor: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
};
process.stdout.write(`${table(rows)}\n${Object.entries(machine).map(said).join(', ')}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...machine, rows }, null, 2)}\n`);

function failure(name: string, error: unknown): Row {
  const [why = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return { name, value: null, unit: '', note: `not measured: ${why}` };
}

function table(lines: Row[]): string {
  const shown = (value: number | null) => (value === null ? '–' : value.toLocaleString('en-US'));
  const cells = [
    ['what', 'figure', 'unit', 'how'],
    ...lines.map(({ name, value, unit, note }) => [name, shown(value), unit, note]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((cell) => cell[column]?.length ?? 0)));
  const line = ([name = '', value = '', unit = '', note = '']: string[]) =>
    `${name.padEnd(widths[0] ?? 0)}  ${value.padStart(widths[1] ?? 0)}  ${unit.padEnd(widths[2] ?? 0)}  ${note}`;
  return cells.map((cell) => line(cell).trimEnd()).join('\n');
}

function said([name, value]: [string, string | number]): string {
  return name === 'cores' ? `${value} cores` : name === 'processor' ? String(value) : `${name} ${value}`;
}

function output(command: string, args: string[]): string {
  try {
    return execFileSync(command, args, { cwd: repositoryRoot, encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

function versionOf(folder: string): string {
  return output(pinnedNode, ['-p', `require('./${folder}/package.json').version`]);
}
