/**
 * Each package declares what it imports and uses what it declares, in exact versions. Imports are read from the
 * sources; a package also counts as used when another declared one names it as a peer, when it types an imported
 * one, when a script of the repository runs its program, or when code picks one of its packages for each platform.
 */
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { importsOf } from '../architecture-rules.ts';
import { repositoryRoot } from '../run-directory.ts';
import type { RepositoryFile } from './repository-files.ts';

type Manifest = {
  name: string;
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  overrides?: Record<string, string>;
  bin?: string | Record<string, string>;
};

/** A folder with a manifest of its own, and the files in it that belong to no folder further in. */
type Package = { folder: string; manifest: Manifest; imports: Map<string, string[]>; scopes: Set<string> };

const exact = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;
/** Programs that the checks run by their path. */
const runByChecks = ['@biomejs/biome', 'typescript'];
const isForTests = (path: string) => /(\.test\.tsx?|-under-test\.ts|-contract\.ts)$/.test(path);

export function dependencyFaults(files: readonly RepositoryFile[]): string[] {
  const packages = packagesOf(files);
  const root = packages.find(({ folder }) => folder === '.');
  if (!root) return ['package.json is missing'];
  return packages.flatMap((each) => [
    ...inexact(each),
    ...undeclared(each, root, packages),
    ...unused(each, root, packages),
  ]);
}

function packagesOf(files: readonly RepositoryFile[]): Package[] {
  const folders = files
    .filter(({ path }) => /(^|\/)package\.json$/.test(path))
    .map(({ path, text }) => ({ folder: dirname(path), manifest: JSON.parse(text) as Manifest }))
    .sort((one, other) => other.folder.length - one.folder.length);
  const packages = folders.map((each) => ({
    ...each,
    imports: new Map<string, string[]>(),
    scopes: new Set<string>(),
  }));
  for (const { path, text } of files.filter(({ path }) => /\.(tsx?|mjs)$/.test(path))) {
    const home = packages.find(({ folder }) => folder === '.' || path.startsWith(`${folder}/`));
    for (const [, scope = ''] of text.matchAll(/[`']@([a-z0-9-]+)\/\$\{/g)) home?.scopes.add(scope);
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

function unused(
  { folder, manifest, imports, scopes }: Package,
  root: Package,
  packages: Package[],
): string[] {
  const everywhere = new Set(packages.flatMap((each) => [...each.imports.keys()]));
  const scripts = packages.flatMap((each) => Object.values(each.manifest.scripts ?? {})).join('\n');
  const declared = namesIn(manifest);
  const peers = new Set(declared.flatMap((name) => peersOf(folder, name)));
  const runtime = new Set(Object.keys(manifest.dependencies ?? {}));
  const isUsed = (name: string) => {
    const typed = /^@types\/(.+)$/.exec(name)?.[1];
    if (typed !== undefined) return typed === 'node' || everywhere.has(typed);
    if (peers.has(name) || scopes.has(name)) return true;
    if (runtime.has(name)) return imports.has(name) || isWorkspace(name, packages);
    return everywhere.has(name) || programsOf(folder, name).some((program) => mentions(scripts, program));
  };
  return declared
    .filter((name) => !isUsed(name) && !(folder === root.folder && runByChecks.includes(name)))
    .map((name) => `${folder}/package.json: declares ${name}, which nothing uses`);
}

/** A workspace may be needed for its files alone, as the server needs the built portal. */
const isWorkspace = (name: string, packages: Package[]) =>
  packages.some(({ manifest }) => manifest.name === name);

const namesIn = ({ dependencies, devDependencies }: Manifest) =>
  Object.keys({ ...dependencies, ...devDependencies });

const mentions = (scripts: string, program: string) =>
  new RegExp(`(^|[\\s/])${program}($|\\s)`, 'm').test(scripts);

function programsOf(folder: string, name: string): string[] {
  const { bin } = installed(folder, name) ?? {};
  return typeof bin === 'string' ? [name.split('/').at(-1) ?? name] : Object.keys(bin ?? {});
}

const peersOf = (folder: string, name: string) =>
  Object.keys(installed(folder, name)?.peerDependencies ?? {});

function installed(folder: string, name: string): Manifest | null {
  const places = [folder, '.'].map((place) =>
    join(repositoryRoot, place, 'node_modules', name, 'package.json'),
  );
  const found = places.find(existsSync);
  return found === undefined ? null : (JSON.parse(readFileSync(found, 'utf8')) as Manifest);
}
