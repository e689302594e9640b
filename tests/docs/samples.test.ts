/**
 * Runs what README.md and the pages of docs/ show, as a reader would paste it: the runnable samples of a page one after another in one
 * shell, against a real server with one account and one token. Nobody can paste a sample that does not work.
 */
import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ayu, signUp } from '../api-client.ts';
import { repositoryRoot, temporaryDirectory } from '../run-directory.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { difference, samplesOf } from './fences.ts';

/** A page's samples start several programs, on a machine that runs other tests at the same time. */
const pageTimeoutMs = 180_000;

const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: repositoryRoot }).sort()];
const withSamples = pages
  .map((page) => ({ page, samples: samplesOf(readFileSync(join(repositoryRoot, page), 'utf8')) }))
  .filter(({ samples }) => samples.length > 0);

/** The addresses that the pages are written with, and what the reader has by then: a token, a client's credential. */
async function prepared(withClient: boolean) {
  const server = await startServer();
  onTestFinished(() => server.stop());
  const holder = await signUp(server, ayu);
  const { secret } = await holder.createToken({ name: 'first' });
  return { server, variables: { TOKEN: secret, ...(withClient ? { CLIENT: await newClient(server) } : {}) } };
}

async function newClient(server: ServerProcess): Promise<string> {
  const made = await server.cli(['client', 'create', '--name', 'reader', '--json']);
  const { client_id, client_secret } = JSON.parse(made.stdout);
  return `${client_id}:${client_secret}`;
}

const addressed = (text: string, server: ServerProcess) =>
  text
    .replaceAll('http://localhost:8080', server.publicUrl)
    .replaceAll('http://127.0.0.1:8081', server.verificationUrl);

function runInShell(scripts: string[], env: Record<string, string>): Promise<string[]> {
  const directory = temporaryDirectory('samples');
  const steps = scripts.map((script, at) => `{\n${script}\n} >"${directory}/${at}" 2>&1`);
  return new Promise((resolve, reject) => {
    const options = { cwd: repositoryRoot, env, timeout: pageTimeoutMs };
    execFile('bash', ['-eu', '-c', steps.join('\n')], options, (error, _stdout, stderr) => {
      const printed = scripts.flatMap((_script, at) => {
        const file = join(directory, String(at));
        return globSync(file).length > 0 ? [readFileSync(file, 'utf8')] : [];
      });
      if (error) reject(new Error(`sample ${printed.length} failed: ${printed.at(-1)}${stderr}`));
      else resolve(printed);
    });
  });
}

describe.each(withSamples)('$page', ({ page, samples }) => {
  test(
    `shows ${samples.length} samples that work and print what it says`,
    async () => {
      const { server, variables } = await prepared(samples.some(({ script }) => script.includes('$CLIENT')));
      const path = [join(repositoryRoot, 'node_modules', '.bin'), process.env.PATH].join(delimiter);
      const printed = await runInShell(
        samples.map(({ script }) => addressed(script, server)),
        { ...server.env, ...variables, PATH: path },
      );
      const differences = samples.flatMap(({ line, expected }, at) => {
        const found =
          expected && difference({ ...expected, text: addressed(expected.text, server) }, printed[at] ?? '');
        return found ? [`${page}:${line}: ${found}`] : [];
      });
      expect(differences).toEqual([]);
    },
    pageTimeoutMs + 60_000,
  );
});

test('samples are found where there are any', () => {
  expect(withSamples.map(({ page }) => page)).toEqual([
    'README.md',
    'docs/api.md',
    'docs/how-to-get-token/find-and-delete-token.md',
    'docs/how-to-get-token/generate-new-token.md',
    'docs/how-to-get-token/refused-token.md',
    'docs/how-to-get-token/use-token.md',
    'docs/index.md',
    'docs/operate/accounts.md',
    'docs/operate/many-nodes.md',
    'docs/operate/observe.md',
    'docs/operate/one-node.md',
    'docs/verify.md',
  ]);
});

describe('a difference between page and output is found', () => {
  test.each([
    ['text', '200', '401'],
    ['text', 'Made a, b.', 'Made a, b.\nand more'],
    ['json', '{"a": 1}', '{"a": 1, "b": 2}'],
    ['json', '{"a": "tok_…"}', '{"a": "other"}'],
    ['json', '{"a": "…"}', '{"a": null}'],
    ['json', '{"a": "…"}', 'not JSON'],
    ['http', 'HTTP/1.1 200 OK', 'HTTP/1.1 401 Unauthorized'],
    ['yaml', 'a', 'a'],
  ])('%s %j, printed %j', (form, text, printed) => {
    expect(difference({ form, text }, printed)).not.toBeNull();
  });

  test('and what is the same is not', () => {
    expect(difference({ form: 'json', text: '{"a": ["…", "x…"]}' }, '{"a":[7,"xyz"]}')).toBeNull();
    expect(difference({ form: 'http', text: 'X-A: …' }, 'HTTP/1.1 200 OK\r\nx-a: b\r\n')).toBeNull();
    expect(difference({ form: 'text', text: 'a … c\n' }, 'a b c')).toBeNull();
  });
});
