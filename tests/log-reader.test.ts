/** Whoever reads the log may stall, go away or have no room: the server answers on, and says afterwards what was lost. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { pinnedNode, reapWithRun, repositoryRoot, temporaryDirectory } from './run-directory.ts';

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

const entry = join(repositoryRoot, 'packages', 'server', 'src', 'cli', 'lencana.ts');

async function started(stderr: 'pipe' | number, args: string[] = []) {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(pinnedNode, [entry, 'serve', ...args], {
    env: {
      PATH,
      HOME,
      LENCANA_LISTEN: '127.0.0.1:0',
      LENCANA_VERIFY_LISTEN: '127.0.0.1:0',
      LENCANA_DATA_DIR: temporaryDirectory('log'),
    },
    stdio: ['ignore', 'pipe', stderr],
  });
  running.push(child);
  reapWithRun(child);
  const stdout = child.stdout?.setEncoding('utf8');
  const listening = await new Promise<{ public: string; verification: string }>((resolve, reject) => {
    let said = '';
    child.once('exit', (code) => reject(new Error(`it exited with ${code}`)));
    stdout?.on('data', (text: string) => {
      said += text;
      const line = said.split('\n').find((each) => each.includes('"listening"'));
      if (line) resolve(JSON.parse(line));
    });
  });
  return { child, ...listening };
}

const dropped = async (verification: string) => {
  const text = await (await fetch(`${verification}/metrics`)).text();
  return Number(/^lencana_log_lines_dropped_total (\d+)$/m.exec(text)?.[1]);
};

/** Asks for addresses that are logged, until so many lines are lost. */
async function fillUntilDropped(server: { public: string; verification: string }): Promise<number> {
  for (let round = 0; round < 400; round++) {
    const asked = Array.from({ length: 20 }, () => fetch(`${server.public}/api/v1/${'x'.repeat(250)}`));
    for (const answer of await Promise.all(asked)) {
      expect(answer.status).toBe(404);
      await answer.arrayBuffer();
    }
    const lost = await dropped(server.verification);
    if (lost > 0) return lost;
  }
  throw new Error('no line was dropped');
}

describe.each([[[]], [['--workers', '1']]])('with %j', (args) => {
  test('a reader that stalls holds nothing up; when it reads again, it learns how much it missed', async () => {
    const server = await started('pipe', args);
    await fillUntilDropped(server);
    expect((await fetch(`${server.verification}/verify`)).status).toBe(401);
    let log = '';
    server.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    await expect.poll(() => log, { timeout: 20_000 }).toContain('lines of the log were dropped');
    const told = log.split('\n').filter((line) => line.includes('lines of the log were dropped'));
    expect(told).toHaveLength(1);
    expect(JSON.parse(told[0] ?? '')).toMatchObject({ level: 40, code: 'EAGAIN' });
    expect(JSON.parse(told[0] ?? '').lines).toBe(await dropped(server.verification));
    const ended = new Promise((resolve) => server.child.once('exit', resolve));
    server.child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(log).toContain('"stopped"');
    // No line is torn by the gap.
    const lines = log.split('\n').filter((line) => line.startsWith('{'));
    expect(() => lines.map((line) => JSON.parse(line))).not.toThrow();
  });
});

test('a reader that has gone away ends nothing', async () => {
  const server = await started('pipe');
  server.child.stderr?.destroy();
  server.child.stdout?.destroy();
  await fillUntilDropped(server);
  expect((await fetch(`${server.verification}/verify`)).status).toBe(401);
  const ended = new Promise((resolve) => server.child.once('exit', resolve));
  server.child.kill('SIGTERM');
  expect(await ended).toBe(0);
});

test('a full disk under the log ends nothing', async () => {
  // Every write to it fails as on a full disk.
  const full = openSync('/dev/full', 'w');
  const server = await started(full);
  closeSync(full);
  await fillUntilDropped(server);
  expect((await fetch(`${server.verification}/verify`)).status).toBe(401);
});

test('a log in a file is appended to, line by line', async () => {
  const path = join(temporaryDirectory('log'), 'log');
  const file = openSync(path, 'a');
  const server = await started(file);
  closeSync(file);
  await (await fetch(`${server.public}/api/v1/me`)).arrayBuffer();
  await expect.poll(() => readFileSync(path, 'utf8')).toContain('"/api/v1/me"');
});
