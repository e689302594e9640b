/**
 * `npm run pack:verifier`: builds what others install. Writes a complete folder (JavaScript, types, manifest, README, licence) and a
 * tarball of it beside the folder. Publishes nothing. `--to <folder>` names another folder than `dist`; `--refuse` is what
 * `npm pack` in this folder runs, so that the sources are never packed by accident.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const folder = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(folder));

const { values } = parseArgs({ options: { to: { type: 'string' }, refuse: { type: 'boolean' } } });
if (values.refuse) {
  process.stderr.write(
    'These are the sources of @lencana/verifier, which only this repository runs.\n' +
      'npm run pack:verifier builds what others install, in packages/verifier/dist.\n',
  );
  process.exit(1);
}
process.stdout.write(`${packVerifier(values.to ?? join(folder, 'dist'))}\n`);

/** @returns the tarball's path */
function packVerifier(target: string): string {
  const built = join(target, 'package');
  rmSync(built, { recursive: true, force: true });
  mkdirSync(built, { recursive: true });
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  run(process.execPath, [compiler, '-p', join(folder, 'tsconfig.build.json'), '--outDir', built]);
  // The compiler rewrites imports in JavaScript only, and not every runtime looks for types where the sources were.
  for (const types of globSync('**/*.d.ts', { cwd: built })) {
    const text = readFileSync(join(built, types), 'utf8');
    writeFileSync(join(built, types), text.replace(/(\bfrom '\.{1,2}\/[^']+)\.ts'/g, "$1.js'"));
  }
  writeFileSync(join(built, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  copyFileSync(join(folder, 'README.md'), join(built, 'README.md'));
  copyFileSync(join(root, 'LICENSE'), join(built, 'LICENSE'));
  const packed = run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', target, built]);
  return join(target, fileNameIn(JSON.parse(packed)));
}

/** The sources' manifest, for what was made of them. */
function manifest(): object {
  const {
    private: _private,
    scripts: _scripts,
    exports,
    ...kept
  } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    private: boolean;
    scripts: object;
    exports: Record<string, string>;
  };
  const built = Object.entries(exports).map(([subpath, source]) => {
    const file = source.replace('./src/', './').replace(/\.ts$/, '');
    return [subpath, { types: `${file}.d.ts`, default: `${file}.js` }];
  });
  return { ...kept, exports: Object.fromEntries(built), files: ['**/*.js', '**/*.d.ts'] };
}

/** npm lists what it packed: as a list, or by the package's name. */
function fileNameIn(packed: unknown): string {
  const [first] = typeof packed === 'object' && packed !== null ? Object.values(packed) : [];
  const name: unknown = first?.filename;
  if (typeof name !== 'string') throw new Error('npm pack did not say what it made');
  return name;
}

function run(program: string, args: string[]): string {
  return execFileSync(program, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
