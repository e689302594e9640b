/**
 * `/verify` beside a bare `node:http` server that answers 200 with the same headers and asks nobody: what HTTP itself
 * allows on these cores. Both run as processes of their own and are loaded in turns, so that a busy machine slows both.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ayu, bearer, signUp } from '../tests/api-client.ts';
import { pinnedNode, reapWithRun, repositoryRoot } from '../tests/run-directory.ts';
import { startServer } from '../tests/server-process.ts';
import { type Load, loadFor } from './load.ts';
import { median, type Row } from './row.ts';

const rounds = 4;
const roundMs = 1500;
const warmUpMs = 1500;
const connections = 32;

export async function measureVerify(): Promise<Row[]> {
  const server = await startServer();
  const person = await signUp(server, ayu);
  const { secret } = await person.createToken({ name: 'bench' });
  const question = new URL('/verify', server.verificationUrl);
  const answer = await fetch(question, { headers: bearer(secret) });
  if (answer.status !== 200) throw new Error(`/verify answered ${answer.status}`);
  const bare = await startBareServer(Object.fromEntries(answer.headers));
  try {
    const loads = { lencana: [] as Load[], bare: [] as Load[] };
    const sides = [
      ['lencana', question],
      ['bare', new URL('/verify', bare.url)],
    ] as const;
    for (const [, url] of sides) await loadFor(url, bearer(secret), { connections, ms: warmUpMs });
    for (let round = 0; round < rounds; round++) {
      for (const [side, url] of sides) {
        loads[side].push(await loadFor(url, bearer(secret), { connections, ms: roundMs }));
      }
    }
    return rowsOf(loads.lencana, loads.bare);
  } finally {
    bare.stop();
    await server.stop();
  }
}

function rowsOf(lencana: Load[], bare: Load[]): Row[] {
  const perSecond = (loads: Load[]) => Math.round(median(loads.map((load) => load.perSecond)));
  const latency = (loads: Load[]) => median(loads.map((load) => load.medianMs)).toFixed(2);
  const [ours, limit] = [perSecond(lencana), perSecond(bare)];
  const how = `${connections} connections, median of ${rounds} rounds of ${roundMs / 1000} s`;
  return [
    { name: '/verify', value: ours, unit: '/s', note: `${how}, ${latency(lencana)} ms each; SQLite` },
    { name: 'bare node:http', value: limit, unit: '/s', note: `the same, ${latency(bare)} ms each` },
    {
      name: '/verify of the bare server',
      value: Math.round((ours / limit) * 100),
      unit: '%',
      note: 'loaded in turns by one process on the same cores',
    },
  ];
}

/** Headers that Node adds by itself are left to it. */
async function startBareServer(headers: Record<string, string>) {
  const own = ['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding'];
  const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !own.includes(name)));
  const child = spawn(
    pinnedNode,
    [join(repositoryRoot, 'bench', 'bare-server.ts'), JSON.stringify({ ...kept, 'content-length': '0' })],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  reapWithRun(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the bare server ended (${code})`)));
    child.stdout.setEncoding('utf8').once('data', (line: string) => resolve(line.trim()));
  });
  return { url, stop: () => child.kill() };
}
