import { spawnSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pinnedNode, repositoryRoot, temporaryDirectory } from '../../../../tests/run-directory.ts';
import { compileCacheFolder } from './compile-cache.ts';

test('the folder is made for its owner alone', () => {
  const folder = join(temporaryDirectory('cache'), 'a', 'b');
  expect(compileCacheFolder(folder)).toBe(folder);
  expect(lstatSync(folder).mode & 0o777).toBe(0o700);
  expect(compileCacheFolder(folder)).toBe(folder);
});

test.each([0o777, 0o1777, 0o770, 0o702])('one of mode %o is not used: code may be planted there', (mode) => {
  const folder = join(temporaryDirectory('cache'), 'open');
  mkdirSync(folder);
  chmodSync(folder, mode);
  expect(compileCacheFolder(folder)).toBeNull();
});

test('nor is a link, nor a place where none can be made', () => {
  const home = temporaryDirectory('cache');
  symlinkSync(home, join(home, 'link'));
  expect(compileCacheFolder(join(home, 'link'))).toBeNull();
  writeFileSync(join(home, 'file'), '');
  expect(compileCacheFolder(join(home, 'file', 'inside'))).toBeNull();
});

test('a command reads and leaves nothing in the shared temporary folder', () => {
  const shared = temporaryDirectory('shared');
  chmodSync(shared, 0o1777);
  const { PATH = '', HOME = '' } = process.env;
  const entry = join(repositoryRoot, 'packages', 'server', 'src', 'cli', 'lencana.ts');
  const ran = spawnSync(pinnedNode, [entry, '--version'], {
    env: { PATH, HOME, TMPDIR: shared },
    encoding: 'utf8',
  });
  expect([ran.status, ran.stderr]).toEqual([0, '']);
  expect(readdirSync(shared)).toEqual([]);
});
