/**
 * `/verify` from memory beside the most that HTTP allows: of ten thousand different tokens in turn, which is what gateways see, of a
 * hundred thousand, and of one again and again. The limit is asked with the same requests. Each server is a process of its own;
 * they are loaded in turns.
 */
import { readFileSync } from 'node:fs';
import { bearer } from '../tests/api-client.ts';
import { startServer } from '../tests/server-process.ts';
import { pin } from './cores.ts';
import type { Extent } from './extent.ts';
import { startProgram } from './programs.ts';
import { busy, type Figures, inTurns, ratio, type Side, workRatio } from './rounds.ts';
import { type Row, rounded } from './row.ts';
import { startFilled } from './scale.ts';

export const connections = 64;
const tokens = 100_000;
const turns = [10_000, tokens, 1] as const;
const goals = { 10000: '≥ 75', 100000: '≥ 65', 1: '≥ 85' };

type Name = `${'bare' | 'verify'} ${(typeof turns)[number]}`;

export async function measureVerify({ rounds, roundMs }: Extent): Promise<Row[]> {
  const { server, secretFiles } = await startFilled(tokens, 1, {}, tokens);
  const secretsFile = secretFiles[0] ?? '';
  const question = `${server.verificationUrl}/verify`;
  const bare = await startBareServer(question, readFileSync(secretsFile, 'utf8').split('\n', 1)[0] ?? '');
  try {
    const sides = {} as Record<Name, Side>;
    for (const secretsMax of turns) {
      const side = (url: string, pid: number): Side => {
        let isWarm = false;
        return {
          order: () => {
            // Each once before the first round that counts, however long it takes: then all are cached.
            const ms = isWarm || secretsMax === 1 ? { ms: roundMs } : {};
            isWarm = true;
            return { url, secretsFile, secretsMax, connections, ...ms };
          },
          pid: () => pid,
        };
      };
      sides[`bare ${secretsMax}`] = side(bare.said.url, bare.pid);
      sides[`verify ${secretsMax}`] = side(question, server.pid);
    }
    const figures = await inTurns(sides, rounds);
    const how = `${connections} connections, median of ${rounds} rounds of ${roundMs / 1000} s`;
    return turns.flatMap((count) => rowsOf(count, figures, how));
  } finally {
    bare.stop();
    await server.stop();
  }
}

function rowsOf(count: (typeof turns)[number], figures: Record<Name, Figures>, how: string): Row[] {
  const [bare, verify] = [figures[`bare ${count}`], figures[`verify ${count}`]];
  const inTurn = count === 1 ? 'one token' : `${count.toLocaleString('en-US')} tokens in turn`;
  const perSecond = (name: string, figure: Figures, note: string): Row => ({
    name,
    value: Math.round(figure.perSecond),
    unit: '/s',
    note: `${note}, ${figure.medianMs.toFixed(2)} ms each (p99 ${figure.p99Ms.toFixed(2)}); ${busy(figure)}`,
  });
  return [
    {
      name: `/verify, hot, ${inTurn}, of bare node:http`,
      value: rounded(ratio(verify, bare) * 100, 1),
      unit: '%',
      goal: goals[count],
      note: `median of the ratios of each round; by processor time ${rounded(workRatio(verify, bare) * 100, 1)} %`,
    },
    perSecond(`/verify, hot, ${inTurn}`, verify, `SQLite; ${how}`),
    perSecond(`bare node:http, ${inTurn}`, bare, 'the same requests, answered without a look'),
  ];
}

export async function startPinnedServer(options?: Parameters<typeof startServer>[0]) {
  const server = await startServer(options);
  pin(server.pid, 'server');
  return server;
}

/** Answers everything with what `/verify` answers this secret with. */
export async function startBareServer(question: string, secret: string) {
  return await startProgram<{ url: string }>(
    'bare-server.ts',
    [JSON.stringify(await headersOf(question, secret))],
    'server',
  );
}

/** What the server answers with, less what Node adds by itself. */
async function headersOf(question: string, secret: string): Promise<Record<string, string>> {
  const answer = await fetch(question, { headers: bearer(secret) });
  if (answer.status !== 200) throw new Error(`/verify answered ${answer.status}`);
  const own = ['date', 'connection', 'keep-alive', 'content-length', 'transfer-encoding'];
  const kept = [...answer.headers].filter(([name]) => !own.includes(name));
  return { ...Object.fromEntries(kept), 'content-length': '0' };
}
