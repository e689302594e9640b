/**
 * Starts the service and nginx in front of it, and stops both together. Everything that nginx writes goes to a
 * temporary directory, and as root it runs as `nobody`. Not a way to run nginx in production: there, nginx.conf
 * beside this file is what you need.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** The addresses as they stand in nginx.conf. */
const addresses = { gateway: '127.0.0.1:8000', service: '127.0.0.1:8001', verification: '127.0.0.1:8081' };
const nobody = { uid: 65_534, gid: 65_534 };
const startTimeoutMs = 10_000;
/** With where Debian keeps nginx, which is not on the path of everybody. */
const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin` };

const { values } = parseArgs({
  options: {
    gateway: { type: 'string', default: addresses.gateway },
    service: { type: 'string', default: addresses.service },
    verification: { type: 'string', default: addresses.verification },
  },
});

const directory = mkdtempSync(join(tmpdir(), 'lencana-example-'));
const children: ChildProcess[] = [];
let ending = false;

const asRoot = process.getuid?.() === 0;
if (asRoot) chownSync(directory, nobody.uid, nobody.gid);
const configuration = join(directory, 'nginx.conf');
writeFileSync(configuration, withAddresses(beside('nginx.conf')), { mode: 0o644 });
writeFileSync(join(directory, 'lencana-identity.conf'), beside('lencana-identity.conf'), { mode: 0o644 });

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(0));
const service = run(process.execPath, [
  fileURLToPath(new URL('service.ts', import.meta.url)),
  '--listen',
  values.service,
]);
let serviceSaid = '';
service.stdout?.setEncoding('utf8').on('data', (text: string) => {
  serviceSaid += text;
});
run('nginx', ['-e', 'stderr', '-p', directory, '-c', configuration], asRoot ? nobody : {});
// nginx writes its pid once it has its port.
await until(() => serviceSaid.includes('"listening"') && existsSync(join(directory, 'nginx.pid')));
if (!ending) process.stdout.write(`{"event":"listening","gateway":"http://${values.gateway}"}\n`);

function beside(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

function withAddresses(text: string): string {
  let changed = text;
  for (const name of ['gateway', 'service', 'verification'] as const) {
    changed = changed.replace(
      new RegExp(`(?<= )${RegExp.escape(addresses[name])}(?=[ ;])`, 'g'),
      values[name],
    );
  }
  return changed;
}

/** Without one of the two the other is of no use: the first to end takes everything with it. */
function run(command: string, args: string[], user: { uid?: number; gid?: number } = {}): ChildProcess {
  const child = spawn(command, args, { ...user, env, cwd: directory, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  child.once('error', (error: NodeJS.ErrnoException) => {
    // Which of the two the system says depends on whether `nobody` may look into every directory of the path.
    const missing = command === 'nginx' && (error.code === 'ENOENT' || error.code === 'EACCES');
    process.stderr.write(
      missing
        ? 'nginx is not installed. On Debian or Ubuntu: apt-get install nginx; on macOS: brew install nginx.\n'
        : `${command} did not start: ${error.message}\n`,
    );
    end(1);
  });
  child.once('exit', (code, signal) => {
    if (ending) return;
    process.stderr.write(`${command} ended (${code ?? signal}).\n`);
    end(1);
  });
  return child;
}

function end(code: number): void {
  if (ending) return;
  ending = true;
  process.exitCode = code;
  const living = children.filter((child) => child.pid !== undefined && child.exitCode === null);
  const gone = living.map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of living) child.kill('SIGTERM');
  void Promise.all(gone).then(() => rmSync(directory, { recursive: true, force: true }));
}

async function until(isReady: () => boolean): Promise<void> {
  for (const deadlineMs = Date.now() + startTimeoutMs; Date.now() < deadlineMs; await delay(25)) {
    if (ending || isReady()) return;
  }
  process.stderr.write('The service and nginx did not start in time.\n');
  end(1);
}
