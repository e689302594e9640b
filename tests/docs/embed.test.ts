/** The programs that docs/embed.md and the library's README show: they compile, and do what the page says against a real server. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RefusalReason, SourceErrorCode } from '@lencana/verifier';
import { expect, onTestFinished, test } from 'vitest';
import { ayu, signUp } from '../api-client.ts';
import { pinnedNode, reapWithRun, repositoryRoot, temporaryDirectory } from '../run-directory.ts';
import { startServer } from '../server-process.ts';

const read = (path: string) => readFileSync(join(repositoryRoot, path), 'utf8');
const programsOf = (page: string) =>
  [...read(page).matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, program = '']) => program);

const page = read('docs/embed.md');
const programs = programsOf('docs/embed.md');
const frameworks = ['fastify', 'express', 'hono'].map((name) => ({
  name,
  program: programs.find((each) => each.includes(`@lencana/verifier/${name}'`)) ?? '',
}));

/** A folder in which programs find what is installed here. */
function folderOfPrograms(): string {
  const folder = mkdtempSync(join(temporaryDirectory('embed'), 'programs-'));
  symlinkSync(join(repositoryRoot, 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  return folder;
}

test('every program compiles, under the strictest rules', () => {
  const all = [...programs, ...programsOf('packages/verifier/README.md')];
  expect(all.length).toBe(6);
  const folder = folderOfPrograms();
  all.forEach((program, at) => {
    writeFileSync(join(folder, `program-${at}.ts`), program);
  });
  const config = { extends: join(repositoryRoot, 'tsconfig.json'), include: ['*.ts'], exclude: [] };
  const typeRoots = [join(repositoryRoot, 'node_modules', '@types')];
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, compilerOptions: { typeRoots } }));
  const compiler = join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(pinnedNode, [compiler, '-p', folder], { encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

test.each(frameworks)(
  'the service with $name lets in who may, and nobody with a token whose deletion has returned',
  async ({ program }) => {
    const server = await startServer();
    onTestFinished(() => server.kill());
    const holder = await signUp(server, ayu);
    const { token, secret } = await holder.createToken({ name: 'first' });
    const url = await startService(program.replaceAll('http://127.0.0.1:8081', server.verificationUrl));
    const get = (path: string, authorization?: string) =>
      fetch(url + path, authorization === undefined ? {} : { headers: { authorization } });

    const stranger = await get('/hello');
    expect([stranger.status, stranger.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="lencana"',
    ]);
    const known = await get('/hello', `Bearer ${secret}`);
    expect([known.status, await known.json()]).toEqual([200, { hello: ayu.name }]);
    expect((await get('/reports', `Bearer ${secret}`)).status).toBe(200);

    expect((await holder.call('DELETE', `/api/v1/tokens/${token.id}`)).status).toBe(200);
    const deleted = await get('/hello', `Bearer ${secret}`);
    expect(deleted.status).toBe(401);
    expect(await deleted.json()).toMatchObject({ code: 'invalid_token', detail: 'The token was deleted.' });

    await server.kill();
    await expect.poll(async () => (await get('/hello', `Bearer ${secret}`)).status).toBe(503);
  },
);

/** The program as a process of its own, on a port that the system chooses. Resolves with where it listens. */
function startService(program: string): Promise<string> {
  const folder = folderOfPrograms();
  writeFileSync(join(folder, 'service.ts'), program.replace(/\b3000\b/, '0'));
  // Says which port it was, for a program that was written with one says nothing.
  const told = `import { Server } from 'node:net';
const { listen } = Server.prototype;
Server.prototype.listen = function (...args) {
  this.once('listening', () => process.send(this.address().port));
  return listen.apply(this, args);
};`;
  writeFileSync(join(folder, 'tell-port.js'), told);
  const child = spawn(pinnedNode, ['--import', './tell-port.js', 'service.ts'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  reapWithRun(child);
  onTestFinished(() => ended(child));
  return new Promise((resolve, reject) => {
    let complaints = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      complaints += text;
    });
    child.once('message', (port) => resolve(`http://127.0.0.1:${port}`));
    child.once('exit', () => reject(new Error(`the service ended: ${complaints}`)));
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

/** The first column of the table below a heading. */
function listed(heading: string): string[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  return [...section.matchAll(/^\| `(\w+)` \|/gm)]
    .map(([, code = '']) => code)
    .filter((code) => code !== 'code');
}

test('the page names every cause for which Lencana cannot be asked', () => {
  const causes: Record<SourceErrorCode, true> = {
    unreachable: true,
    timeout: true,
    refused_credential: true,
    unavailable: true,
    bad_answer: true,
    not_understood: true,
  };
  expect(listed('When Lencana cannot be asked').sort()).toEqual(Object.keys(causes).sort());
});

test('the page names every reason for a refusal', () => {
  const reasons: Record<RefusalReason, true> = {
    malformed: true,
    unknown: true,
    secret_replaced: true,
    revoked: true,
    expired: true,
    holder_deactivated: true,
    insufficient_scope: true,
  };
  const row = page.split('\n').find((line) => line.startsWith('| `refused` |')) ?? '';
  const named = [...row.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
  expect(Object.keys(reasons).filter((reason) => !named.includes(reason))).toEqual([]);
});
