/**
 * `npm run check`: everything about the repository that is no test. Runs all checks side by side, prints one line for
 * each and what is wrong under those that fail, and exits 1 when any does. Changes no file.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dependencyFaults } from './check/dependencies.ts';
import { repositoryFiles } from './check/repository-files.ts';
import { textFaults } from './check/texts.ts';
import { pinnedNode, repositoryRoot } from './run-directory.ts';

/** Lines that say what is wrong; none when all is well. */
type Check = { name: string; faults: () => Promise<string[]> };

const timeoutMs = 240_000;
const tool = (path: string) => join(repositoryRoot, 'node_modules', path);
const quiet = ['--colors=off', '--diagnostic-level=warn'];
const columnsMax = 240;
const tsc = tool('typescript/bin/tsc');
const files = repositoryFiles();

const checks: Check[] = [
  {
    name: 'format and lint',
    faults: () => program([tool('@biomejs/biome/bin/biome'), 'ci', ...quiet, '--error-on-warnings', '.']),
  },
  { name: 'types of server, tests and examples', faults: () => program([tsc, '--noEmit', '-p', '.']) },
  { name: 'types of the portal', faults: () => program([tsc, '--noEmit', '-p', 'packages/portal']) },
  { name: 'dependencies', faults: async () => dependencyFaults(files) },
  {
    name: 'nothing unused',
    faults: () =>
      program([
        tool('knip/bin/knip.js'),
        '--no-progress',
        '--include',
        'files,dependencies,binaries,unresolved,exports',
      ]),
  },
  { name: 'generated files are fresh', faults: generatedFaults },
  { name: 'texts', faults: async () => textFaults(files) },
];

const results = await Promise.all(checks.map(outcome));
const failed = results.filter((ok) => !ok).length;
process.stdout.write(
  failed === 0 ? `All ${checks.length} checks passed.\n` : `${failed} of ${checks.length} checks failed.\n`,
);
process.exit(failed === 0 ? 0 : 1);

async function outcome({ name, faults }: Check): Promise<boolean> {
  const startedAtMs = Date.now();
  const found = await faults().catch((error: unknown) => [
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  ]);
  const seconds = ((Date.now() - startedAtMs) / 1000).toFixed(1);
  const lines = [`${found.length === 0 ? 'ok  ' : 'FAIL'}  ${name} (${seconds} s)`];
  process.stdout.write(`${[...lines, ...found.map((fault) => `      ${fault}`)].join('\n')}\n`);
  return found.length === 0;
}

async function generatedFaults(): Promise<string[]> {
  const generator = join('packages', 'server', 'src', 'references', 'generate.ts');
  if (!existsSync(join(repositoryRoot, generator))) return [`${generator} is missing`];
  return await program([generator, '--check']);
}

/** Runs a script with the repository's Node; what it wrote is the fault when it does not exit 0. */
function program(args: string[]): Promise<string[]> {
  return new Promise((resolve) => {
    const child = spawn(pinnedNode, args, {
      cwd: repositoryRoot,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      env: { ...process.env, NO_COLOR: '1' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', (error) => resolve([error.message]));
    child.once('close', (code, signal) => {
      if (code === 0) return resolve([]);
      const lines = output.split('\n').filter((line) => line.trim() !== '');
      resolve([`exited with ${code ?? signal}`, ...lines.map((line) => line.slice(0, columnsMax))]);
    });
  });
}
