/** The packed library, installed as others install it, on each runtime, against a real server. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ayu, type Client, signUp } from '../api-client.ts';
import { pinnedNode, reapWithRun, repositoryRoot, temporaryDirectory } from '../run-directory.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { RUNTIMES, WORKERD } from './runtimes.ts';
import type { Found, Parameters } from './scenario.ts';

const run = promisify(execFile);
/** A program that has not ended by then never will. */
const endsWithinMs = 30_000;

let server: ServerProcess;
let holder: Client;
let service: string;
let credential: string;

beforeAll(async () => {
  [server, service] = await Promise.all([startServer(), installedService()]);
  holder = await signUp(server, ayu);
  const made = await server.cli(['client', 'create', '--name', 'reports', '--json']);
  const { client_id, client_secret } = JSON.parse(made.stdout);
  credential = `${client_id}:${client_secret}`;
});

afterAll(() => server?.stop());

test('the command goes on in its own Node, whichever Node starts it: arguments, exit codes and signals pass through', async () => {
  const node20 = RUNTIMES[0]?.program ?? '';
  const command = join(repositoryRoot, 'node_modules', '.bin', 'lencana');
  const version = await run(node20, [command, '--version']);
  expect(version).toMatchObject({ stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), stderr: '' });
  await expect(run(node20, [command, 'nonsense'])).rejects.toMatchObject({ code: 2 });
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(node20, [command, 'serve'], {
    env: {
      PATH,
      HOME,
      LENCANA_LISTEN: '127.0.0.1:0',
      LENCANA_VERIFY_LISTEN: '127.0.0.1:0',
      LENCANA_DATA_DIR: temporaryDirectory('node-20'),
    },
  });
  reapWithRun(child);
  const exited = new Promise((resolve) => child.once('exit', resolve));
  for await (const text of child.stdout.setEncoding('utf8')) if (text.includes('"listening"')) break;
  child.kill('SIGTERM');
  expect(await exited).toBe(0);
});

/** A folder as a service owner has one: the tarball installed without a network, and programs in JavaScript. */
async function installedService(): Promise<string> {
  const folder = temporaryDirectory('service');
  const packer = join(repositoryRoot, 'packages', 'verifier', 'pack.ts');
  const { stdout } = await run(pinnedNode, [packer, '--to', temporaryDirectory('packed')]);
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'service', type: 'module', private: true }),
  );
  await run('npm', ['install', '--offline', '--ignore-scripts', stdout.trim()], { cwd: folder });
  for (const name of ['scenario', 'program', 'worker']) {
    const source = readFileSync(join(repositoryRoot, 'tests', 'runtimes', `${name}.ts`), 'utf8');
    writeFileSync(
      join(folder, `${name}.js`),
      stripTypeScriptTypes(source).replaceAll("scenario.ts'", "scenario.js'"),
    );
  }
  return folder;
}

async function parametersOf(name: string): Promise<Parameters> {
  const { token, secret } = await holder.createToken({ name });
  const deleter = await holder.createToken({ name: `${name}, to delete the other` });
  return {
    verificationUrl: server.verificationUrl,
    publicUrl: server.localUrl,
    credential,
    secret,
    tokenId: token.id,
    deleterSecret: deleter.secret,
  };
}

const FOUND: Found = {
  masked: 'cldkctl_…TzEP',
  printed: '[secret] "[secret]"',
  typo: null,
  inText: 'token=cldkctl_…TzEP!',
  generated: [true, true],
  differ: true,
  digests: [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  asWebCrypto: true,
  holder: ayu.name,
  fromMemory: 'active',
  stranger: 'unknown',
  rubbish: 'malformed',
  deletion: 200,
  afterwards: 'revoked',
  closed: 'unavailable',
  errors: [],
};

describe.each(RUNTIMES)('on $name', ({ name, program, options, version }) => {
  /** What the program printed; rejects unless it ends by itself, with 0 and without a word of complaint. */
  async function printed(args: string[]): Promise<unknown> {
    const env = {
      PATH: process.env.PATH,
      DENO_DIR: join(service, '.deno'),
      DENO_NO_UPDATE_CHECK: '1',
      NO_COLOR: '1',
    };
    const { stdout, stderr } = await run(program, [...options, 'program.js', ...args], {
      cwd: service,
      env,
      timeout: endsWithinMs,
    });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  }

  test('it is the runtime that it is called', async () => {
    expect((await run(program, ['--version'])).stdout).toMatch(version);
  });

  test('a token is verified, and refused once its deletion has returned; then the program ends', async () => {
    const parameters = await parametersOf(name);
    const guards = ['function', 'function', 'function'];
    expect(await printed([JSON.stringify(parameters)])).toEqual({ ...FOUND, guards });
  });

  test('a verifier that nobody closes keeps no program from ending', async () => {
    const parameters = await parametersOf(`${name}, forgotten`);
    expect(await printed([JSON.stringify(parameters), 'forgotten'])).toEqual({ outcome: 'active' });
  });
});

test.each([
  ['7', join('node_modules', 'typescript', 'bin', 'tsc')],
  ['5.9', join('packages', 'portal', 'node_modules', 'typescript', 'bin', 'tsc')],
])('TypeScript %s reads its types where none of the frameworks is installed', async (version, compiler) => {
  const program = `import { createVerifier, type TokenIdentity } from '@lencana/verifier';
import { requireToken } from '@lencana/verifier/express';
const verifier = createVerifier({ url: 'http://127.0.0.1:8081', credential: { id: 'client_1', secret: '2' } });
const verdict = await verifier.verify('');
export const token: TokenIdentity | null = verdict.outcome === 'active' ? verdict.token : null;
export const guard = requireToken(verifier, { addressOf: ({ headers }) => String(headers['x-real-ip']) });
// A type that is lost would let anything pass.
export const outcomes: Record<typeof verdict.outcome, 1> = { active: 1, refused: 1, unavailable: 1 };
`;
  const folder = join(service, `types-${version}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'program.ts'), program);
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2022', 'dom'],
    types: [],
    noEmit: true,
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  const tsc = (...args: string[]) =>
    run(pinnedNode, [join(repositoryRoot, compiler), ...args], { cwd: folder });
  expect((await tsc('--version')).stdout).toContain(`Version ${version}`);
  expect((await tsc('-p', '.')).stdout).toBe('');
});

test('on workerd a token is verified, and refused once its deletion has returned', async () => {
  const port = await startWorkerd();
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    body: JSON.stringify(await parametersOf('workerd')),
  });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual(FOUND);
});

/** Workerd knows no packages: each module is given to it by name. It may connect to this machine, which it does not by default. */
function startWorkerd(): Promise<number> {
  const library = join('node_modules', '@lencana', 'verifier');
  const files = globSync('**/*.js', { cwd: join(service, library) });
  const modules = [
    ['worker.js', 'worker.js'],
    ['scenario.js', 'scenario.js'],
    ['@lencana/verifier', 'library.js'],
    ['@lencana/verifier/node', 'inner.js'],
    ...files.map((file) => [`@lencana/verifier/${file}`, join(library, file)]),
  ];
  mkdirSync(join(service, '.workerd'), { recursive: true });
  writeFileSync(join(service, 'library.js'), "export * from './verifier/index.js';\n");
  writeFileSync(join(service, 'inner.js'), "export * from './node.js';\n");
  writeFileSync(
    join(service, 'workerd.capnp'),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "service", worker = (
      compatibilityDate = "2026-01-01",
      globalOutbound = "machine",
      modules = [${modules.map(([name, file]) => `(name = "${name}", esModule = embed "${file}")`).join(', ')}],
    )),
    (name = "machine", network = (allow = ["local", "private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "service")],
);
`,
  );
  const child = spawn(WORKERD, ['serve', '--control-fd=1', 'workerd.capnp'], { cwd: service, stdio: 'pipe' });
  reapWithRun(child);
  onTestFinished(() => ended(child));
  return new Promise((resolve, reject) => {
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints += text;
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const port = /"event":"listen","socket":"http","port":(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`workerd ended: ${complaints}`)));
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
