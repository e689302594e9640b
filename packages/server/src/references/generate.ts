/**
 * `npm run generate` writes what is made from the code: the OpenAPI document, the portal's types, three
 * reference pages, a part of the sample for nginx. With
 * `--check` it writes nothing, lists the files that are not what they should be, and exits 1 if there are any.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createProgram } from '../cli/program.ts';
import { apiDocument } from './api-document.ts';
import { nginxIdentity } from './nginx-identity.ts';
import { commandsPage, configurationPage, errorsPage } from './references.ts';

const ROOT = new URL('../../../../', import.meta.url);

export type GeneratedFile = { readonly path: string; readonly text: string };

/** Every generated file as it should be, by its path in the repository. */
export async function generate(): Promise<GeneratedFile[]> {
  const document = await apiDocument();
  return [
    { path: 'packages/server/openapi.gen.json', text: document },
    { path: 'packages/portal/src/api/schema.gen.ts', text: await portalTypes(document) },
    { path: 'docs/configuration.md', text: configurationPage() },
    { path: 'docs/errors.md', text: errorsPage() },
    { path: 'docs/cli.md', text: commandsPage(createProgram()) },
    { path: 'examples/service/lencana-identity.conf', text: nginxIdentity() },
  ];
}

/** Paths of those that are missing or differ. */
export function staleAmong(files: readonly GeneratedFile[]): string[] {
  return files
    .filter(({ path, text }) => {
      const file = new URL(path, ROOT);
      return !existsSync(file) || readFileSync(file, 'utf8') !== text;
    })
    .map(({ path }) => path);
}

/** openapi-typescript in a process of its own, in the portal's folder: it needs the compiler that is installed there. */
function portalTypes(document: string): Promise<string> {
  const portal = new URL('packages/portal/', ROOT);
  const program = fileURLToPath(new URL('node_modules/openapi-typescript/bin/cli.js', portal));
  const options = ['--default-non-nullable', 'false'];
  return new Promise((resolve, reject) => {
    const child = execFile(
      process.execPath,
      [program, ...options],
      { cwd: portal, timeout: 60_000 },
      (error, stdout) => (error ? reject(error) : resolve(stdout)),
    );
    child.stdin?.end(document);
  });
}

async function run(check: boolean): Promise<void> {
  const files = await generate();
  const stale = staleAmong(files);
  if (check) {
    for (const path of stale) process.stderr.write(`${path} is stale. Run: npm run generate\n`);
    process.exitCode = stale.length > 0 ? 1 : 0;
    return;
  }
  for (const { path, text } of files) {
    if (!stale.includes(path)) continue;
    writeFileSync(new URL(path, ROOT), text);
    process.stderr.write(`Wrote ${path}\n`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await run(process.argv.includes('--check'));
