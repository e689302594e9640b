/**
 * Each package declares what it imports, in exact versions: what runs in its own dependencies, what only tests import there or in the
 * workspace's. Whether it uses what it declares is asked of knip.
 */
import { existsSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { importsOf } from '../architecture-rules.ts';
import { repositoryRoot } from '../run-directory.ts';
import type { RepositoryFile } from './repository-files.ts';

type Manifest = {
  name: string;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  overrides?: Record<string, string>;
};

/** A folder with a manifest of its own, and the files in it that belong to no folder further in. */
type Package = { folder: string; manifest: Manifest; imports: Map<string, string[]> };

const exact = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
const isForTests = (path: string) => /(\.test\.tsx?|-under-test\.ts|-contract\.ts)$/.test(path);

export function dependencyFaults(files: readonly RepositoryFile[]): string[] {
  const packages = packagesOf(files);
  const root = packages.find(({ folder }) => folder === '.');
  if (!root) return ['package.json is missing'];
  return packages.flatMap((each) => [...inexact(each), ...undeclared(each, root, packages)]);
}

function packagesOf(files: readonly RepositoryFile[]): Package[] {
  const folders = files
    .filter(({ path }) => /(^|\/)package\.json$/.test(path))
    .map(({ path, text }) => ({ folder: dirname(path), manifest: JSON.parse(text) as Manifest }))
    .sort((one, other) => other.folder.length - one.folder.length);
  const packages = folders.map((each) => ({
    ...each,
    imports: new Map<string, string[]>(),
  }));
  for (const { path, text } of files.filter(({ path }) => /\.(tsx?|mjs)$/.test(path))) {
    const home = packages.find(({ folder }) => folder === '.' || path.startsWith(`${folder}/`));
    for (const name of packageNames(path, text)) {
      home?.imports.set(name, [...(home.imports.get(name) ?? []), path]);
    }
  }
  return packages;
}

/** Names of imported packages, without their inner paths; none of Node's own modules. */
function packageNames(path: string, text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const types = [...code.matchAll(/\bimport\(\s*'([^'.][^']*)'\s*\)/g)].map((match) => match[1] ?? '');
  const names = [...bareImports(path, code), ...types]
    .filter((target) => !target.startsWith('node:') && !builtinModules.includes(target))
    .map((target) => target.split('/', target.startsWith('@') ? 2 : 1).join('/'));
  return [...new Set(names)];
}

/** Texts planted in tests look like imports; lines that begin with one are the real ones. */
function bareImports(path: string, code: string): string[] {
  const real = code
    .split('\n')
    .filter((line) => !/^\s*(\[|const text = )/.test(line))
    .join('\n');
  const relative = (target: string) => target.startsWith('.') || existsSync(join(repositoryRoot, target));
  return importsOf(path, real).filter((target) => !relative(target) && /^@?[a-z0-9]/.test(target));
}

function inexact({ folder, manifest }: Package): string[] {
  const { dependencies, devDependencies, optionalDependencies, overrides } = manifest;
  const all = { ...dependencies, ...devDependencies, ...optionalDependencies, ...overrides };
  return Object.entries(all)
    .filter(([, version]) => !exact.test(version))
    .map(([name, version]) => `${folder}/package.json: ${name} ${version} is no exact version`);
}

/** What runs must be in the package's own dependencies; what only tests import may be the workspace's. */
function undeclared({ folder, manifest, imports }: Package, root: Package, packages: Package[]): string[] {
  const workspace = folder === '.' ? packages.flatMap((each) => namesIn(each.manifest)) : [];
  const forTests = [...namesIn(manifest), ...namesIn(root.manifest), ...workspace];
  const forAll = folder === '.' ? forTests : Object.keys(manifest.dependencies ?? {});
  return [...imports].flatMap(([name, paths]) => {
    const declared = (path: string) =>
      name === manifest.name || (isForTests(path) ? forTests : forAll).includes(name);
    return paths
      .filter((path) => !declared(path))
      .map((path) => `${path}: imports ${name}, which ${folder}/package.json does not declare`);
  });
}

const namesIn = ({ dependencies, devDependencies }: Manifest) =>
  Object.keys({ ...dependencies, ...devDependencies });
