/** What the texts of the repository name is there: files, links, and every dependency in the list of reasons. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoryRoot } from '../run-directory.ts';

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');
const glob = (pattern: string) => globSync(pattern, { cwd: repositoryRoot });
const withoutFences = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, '');

const texts = ['*.md', 'docs/*.md', 'decisions/*.md', 'examples/*/*.md', 'bench/*.md'].flatMap(glob).sort();
const sources = [
  'packages/*/*.json',
  'packages/*/src/**/*',
  'tests/**/*',
  'docs/**/*',
  'examples/**/*',
].flatMap(glob);

test.each(texts)('every link and picture of %s leads to a file', (path) => {
  const text = withoutFences(read(path));
  const links = [...text.matchAll(/\]\(([^)\s]+)\)/g), ...text.matchAll(/\bsrc(?:set)?="([^"]+)"/g)];
  const missing = links
    .map(([, target = '']) => target.split('#')[0] ?? '')
    .filter((target) => target !== '' && !/^(https?:|\/)/.test(target))
    .filter((target) => !existsSync(join(repositoryRoot, dirname(path), target)));
  expect(missing).toEqual([]);
});

test.each(texts)('every source that %s names exists', (path) => {
  const named = [...withoutFences(read(path)).matchAll(/`([\w./-]+\.(?:tsx?|css|conf|gen\.json))`/g)];
  const missing = named
    .map(([, name = '']) => name)
    .filter((name) => !sources.some((source) => source === name || source.endsWith(`/${name}`)));
  expect(missing).toEqual([]);
});

test('every dependency has its reason in decisions/0001', () => {
  const reasons = [...read('decisions/0001-dependencies.md').matchAll(/`([@\w./*-]+)`/g)].map(
    ([, name = '']) => name,
  );
  const isExplained = (name: string) =>
    reasons.some((reason) =>
      reason.endsWith('/*') ? name.startsWith(reason.slice(0, -1)) : name === reason,
    );
  const declared = ['package.json', ...glob('packages/*/package.json')].flatMap((path) => {
    const manifest = JSON.parse(read(path));
    return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
      Object.keys(manifest[kind] ?? {}),
    );
  });
  expect(declared.length).toBeGreaterThan(30);
  expect(declared.filter((name) => !name.startsWith('@lencana/') && !isExplained(name))).toEqual([]);
});

test('the nginx configuration that docs/verify.md shows is lines of the example that is tested', () => {
  const shown = /```nginx\n([\s\S]*?)```/.exec(read('docs/verify.md'))?.[1] ?? '';
  const wanted = shown.split('\n').map((line) => line.trim());
  const lines = read('examples/service/nginx.conf')
    .split('\n')
    .map((line) => line.trim());
  let from = 0;
  for (const line of wanted.filter((each) => each !== '')) {
    const at = lines.indexOf(line, from);
    expect(at, `"${line}" follows in the example`).toBeGreaterThanOrEqual(from);
    from = at + 1;
  }
});

test('the decisions are numbered without a gap, and say context, choice and cost', () => {
  const decisions = glob('decisions/*.md').sort();
  decisions.forEach((path, at) => {
    const number = String(at + 1).padStart(4, '0');
    expect(path).toMatch(new RegExp(`^decisions/${number}-[a-z0-9-]+\\.md$`));
    expect(read(path)).toMatch(
      new RegExp(`^# ${number}\\. .+\\n\\n## Context\\n[^]+\\n## Choice\\n[^]+\\n## Cost\\n`),
    );
  });
});

test('the pictures are small', () => {
  for (const picture of glob('docs/images/*.png')) {
    expect(readFileSync(join(repositoryRoot, picture)).length, picture).toBeLessThan(200_000);
  }
});
