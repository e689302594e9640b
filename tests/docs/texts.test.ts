/** What the texts of the repository name is there: files, links, and every dependency in the list of reasons. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { refusedSentence } from '@lencana/verifier';
import { expect, test } from 'vitest';
import * as account from '../../packages/portal/src/messages/en/account.ts';
import * as shell from '../../packages/portal/src/messages/en/shell.ts';
import * as tokens from '../../packages/portal/src/messages/en/tokens.ts';
import { repositoryRoot } from '../run-directory.ts';

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');
const glob = (pattern: string) => globSync(pattern, { cwd: repositoryRoot });
const withoutFences = (text: string) => text.replace(/^```[\s\S]*?^```$/gm, '');

const texts = ['*.md', 'docs/**/*.md', 'decisions/*.md', 'examples/*/*.md', 'bench/*.md']
  .flatMap(glob)
  .sort();
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

/** What a configuration of examples holds after its own frame: the lines that a reader needs. */
function ownPart(path: string): string {
  const [, part = ''] = read(path).split(/^ *# From here on: what your own configuration needs\.\n/m);
  const inside = path.endsWith('nginx.conf') ? part.trimEnd().replace(/\}$/, '') : part;
  return inside.replaceAll(/^ {2}/gm, path.endsWith('nginx.conf') ? '' : '  ').trim();
}

test.each([
  ['docs/verify.md', 'nginx', 0, () => read('examples/service/lencana-identity.conf').trim()],
  ['docs/verify.md', 'nginx', 1, () => ownPart('examples/service/nginx.conf')],
  ['docs/operate/many-nodes.md', 'nginx', 0, () => ownPart('examples/balancer/nginx.conf')],
  ['docs/operate/many-nodes.md', 'haproxy', 0, () => ownPart('examples/balancer/haproxy.cfg')],
])(
  'the configuration that %s shows for %s (%i) is the one that is tested, to the letter',
  (page, language, at, tested) => {
    const fences = [...read(page).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))];
    expect(tested().length).toBeGreaterThan(100);
    expect(fences[at]?.[1]?.trim()).toBe(tested());
  },
);

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

test.each(['README.md', 'docs/how-to-get-token/generate-new-token.md'])(
  'every label of the portal that %s prints is the portal’s',
  (path) => {
    const labels = new Set([account, shell, tokens].flatMap(textsIn));
    const [, section = ''] =
      /\n(?:## A first token|## In the portal)\n([\s\S]*?)\n## /.exec(read(path)) ?? [];
    const printed = [...section.matchAll(/\*\*([^*]+)\*\*/g)].map(([, label = '']) =>
      label.replace(/\s+/g, ' '),
    );
    expect(printed.length).toBeGreaterThan(8);
    expect(printed.filter((label) => !labels.has(label))).toEqual([]);
  },
);

function textsIn(messages: unknown): string[] {
  if (typeof messages === 'string') return [messages];
  return typeof messages === 'object' && messages !== null ? Object.values(messages).flatMap(textsIn) : [];
}

test('what the page on refused tokens says is what their holders are told, all of it', () => {
  const told = (
    ['unknown', 'secret_replaced', 'revoked', 'expired', 'holder_deactivated', 'insufficient_scope'] as const
  ).map((reason) => refusedSentence({ outcome: 'refused', reason, token: { ...identity, expiresAtMs: 0 } }));
  const section = read('docs/how-to-get-token/refused-token.md');
  const said = [...section.matchAll(/^\| (The [^|]+?) \|/gm)].map(
    ([, sentence = '']) => sentence.split('…')[0] ?? '',
  );
  expect(said).toHaveLength(told.length);
  said.forEach((sentence, at) => {
    expect(told[at]).toContain(sentence);
  });
});

const identity = {
  tokenId: 'tok_1',
  tokenName: 'ci',
  secretId: 'aa',
  holderId: 'u1',
  holderName: 'Ayu',
  holderEmail: 'ayu@example.com',
  organizationId: 'default',
  scopes: [],
  createdAtMs: 0,
};
