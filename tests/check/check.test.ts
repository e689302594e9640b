import { describe, expect, test } from 'vitest';
import { dependencyFaults } from './dependencies.ts';
import { repositoryFiles } from './repository-files.ts';
import { textFaults } from './texts.ts';

/** Parted by `~`, so that the planted words do not stand in this file. */
const planted = (text: string) => text.replaceAll('~', '');

describe('texts', () => {
  test.each([
    ['packages/server/src/main.ts', '// TO~DO later', 'unfinished business'],
    ['docs/operate/tls.md', 'FIX~ME', 'unfinished business'],
    ['packages/portal/src/app.tsx', '// @ts-ig~nore', 'a check switched off'],
    ['packages/portal/src/app.tsx', '// biome-ig~nore lint: why', 'a check switched off'],
    ['tests/a.test.ts', 'test.sk~ip("x")', 'a test left out'],
    ['tests/a.test.ts', 'describe.on~ly("x")', 'a test left out'],
    ['docs/operate/tls.md', 'cd /wo~rk/main', 'a path of somebody’s machine'],
    ['.ci/run', 'cp /ho~me/ayu/x .', 'a path of somebody’s machine'],
    ['package-lock.json', '"resolved": "ht~tps://registry.example/a.tgz"', 'the host of a registry'],
    ['packages/server/src/utils.ts', '', 'a name that says nothing'],
    ['packages/server/src/tokenService.ts', '', 'not in kebab-case'],
    ['packages/server/src/long.ts', '\n'.repeat(400), 'lines; split it'],
  ])('of %s that hold %j are found', (path, text, says) => {
    const faults = textFaults([{ path, text: planted(text) }]);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(says);
    expect(faults[0]).toContain(path);
  });

  test.each([
    ['packages/portal/src/routes.tsx', 'const path = "/api/work/root";'],
    ['packages/server/src/main.ts', 'await fetch("https://a.example/work-items/")'],
    ['packages/portal/src/vite-env.d.ts', ''],
  ])('of %s that are in order are left alone', (path, text) => {
    expect(textFaults([{ path, text }])).toEqual([]);
  });
});

describe('dependencies', () => {
  const manifest = (more: object) => ({
    path: 'packages/server/package.json',
    text: JSON.stringify({ name: '@lencana/server', ...more }),
  });
  const root = { path: 'package.json', text: '{"name":"root","devDependencies":{"vitest":"5.1.1"}}' };
  const usesVitest = { path: 'packages/server/src/a.test.ts', text: "import { test } from 'vitest';" };
  const source = (text: string) => ({ path: 'packages/server/src/main.ts', text });
  const faultsOf = (declared: object, text: string) =>
    dependencyFaults([root, usesVitest, manifest(declared), source(text)]);

  test('that are imported, declared and exact are in order, whatever is imported of them', () => {
    const text = `import fastify from 'fastify';\nimport x from '@fastify/static/types.js';\nimport 'node:fs';`;
    const dependencies = { fastify: '5.12.8', '@fastify/static': '10.1.11' };
    expect(faultsOf({ dependencies }, text)).toEqual([]);
  });

  test.each([
    ['not declared', {}, `import fastify from 'fastify';`, 'imports fastify'],
    ['not declared and loaded late', {}, `const x = await import('fastify');`, 'imports fastify'],
    ['of the workspace in code that runs', {}, `import { vi } from 'vitest';`, 'imports vitest'],
    [
      'declared for development in code that runs',
      { devDependencies: { fastify: '5.12.8' } },
      `import fastify from 'fastify';`,
      'imports fastify',
    ],
    [
      'declared as a range',
      { dependencies: { pino: '^10.4.0' } },
      `import 'pino';`,
      'pino ^10.4.0 is no exact version',
    ],
  ])('%s are found', (_, declared, text, says) => {
    const faults = faultsOf(declared, text);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(says);
  });

  test('of plain modules in a folder with a manifest of its own count as well', () => {
    const peers = (dependencies: object) => ({
      path: 'bench/peers/package.json',
      text: JSON.stringify({ name: 'peers', dependencies }),
    });
    const module = { path: 'bench/peers/a.ts', text: "import fastify from 'fastify';" };
    expect(dependencyFaults([root, usesVitest, peers({ fastify: '5.12.8' }), module])).toEqual([]);
    expect(dependencyFaults([root, usesVitest, peers({}), module])).toEqual([
      'bench/peers/a.ts: imports fastify, which bench/peers/package.json does not declare',
    ]);
  });
});

test('the repository’s files are read from git: sources and notes, not what is installed or built', () => {
  const paths = repositoryFiles().map(({ path }) => path);
  expect(paths).toContain('packages/server/src/main.ts');
  expect(paths.filter((path) => /(^|\/)(node_modules|dist)\//.test(path))).toEqual([]);
});
