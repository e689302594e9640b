/**
 * `/verify` of one token that is asked about again and again, beside better-auth's verification of an API key and the most that HTTP
 * allows. Each is a process of its own; they are loaded in turns.
 */
import { join } from 'node:path';
import { ayu, bearer, signUp } from '../tests/api-client.ts';
import { temporaryDirectory } from '../tests/run-directory.ts';
import type { Extent } from './extent.ts';
import { installPeers } from './peers.ts';
import { type Program, startProgram } from './programs.ts';
import { busy, type Figures, inTurns, ratio } from './rounds.ts';
import { type Row, rounded } from './row.ts';
import { connections, startBareServer, startPinnedServer } from './verify.ts';

export async function measureBetterAuth({ rounds, roundMs }: Extent): Promise<Row[]> {
  await installPeers();
  const server = await startPinnedServer();
  const person = await signUp(server, ayu);
  const { secret } = await person.createToken({ name: 'bench' });
  const question = `${server.verificationUrl}/verify`;
  const programs: Program<unknown>[] = [];
  const start = async (file: string, ...args: string[]) => {
    const program = await startProgram<{ url: string; key: string }>(file, args, 'server');
    programs.push(program);
    return program;
  };
  try {
    const bare = await startBareServer(question, secret);
    programs.push(bare);
    const database = join(temporaryDirectory('better-auth'), 'keys.db');
    const sqlite = await start('peers/better-auth.ts', 'sqlite', database);
    const memory = await start('peers/better-auth.ts', 'memory');
    const both = await start('peers/better-auth.ts', 'memory-over-sqlite', `${database}-2`);
    const side = (url: string, key: string, pid: number) => ({
      order: () => ({ url, headers: bearer(key), connections, ms: roundMs }),
      pid: () => pid,
    });
    const figures = await inTurns(
      {
        bare: side(bare.said.url, secret, bare.pid),
        lencana: side(question, secret, server.pid),
        sqlite: side(sqlite.said.url, sqlite.said.key, sqlite.pid),
        memory: side(memory.said.url, memory.said.key, memory.pid),
        both: side(both.said.url, both.said.key, both.pid),
      },
      rounds,
    );
    return rowsOf(figures, `${connections} connections, median of ${rounds} rounds of ${roundMs / 1000} s`);
  } finally {
    for (const program of programs) program.stop();
    await server.stop();
  }
}

type Sides = Record<'bare' | 'lencana' | 'sqlite' | 'memory' | 'both', Figures>;

function rowsOf({ bare, lencana, sqlite, memory, both }: Sides, how: string): Row[] {
  const perSecond = (name: string, figure: Figures, note: string): Row => ({
    name,
    value: Math.round(figure.perSecond),
    unit: '/s',
    note: `${note}, ${figure.medianMs.toFixed(2)} ms each (p99 ${figure.p99Ms.toFixed(2)}); ${busy(figure)}`,
  });
  const times = (name: string, one: Figures, other: Figures, note: string, goal?: string): Row => ({
    name,
    value: rounded(ratio(one, other), 1),
    unit: '×',
    ...(goal === undefined ? {} : { goal }),
    note,
  });
  return [
    perSecond('/verify, one token, beside better-auth', lencana, how),
    perSecond('better-auth, SQLite', sqlite, 'verifies an API key: reads its row and writes it'),
    perSecond('better-auth, memory', memory, 'a Map in place of the table, which it writes each time'),
    perSecond('better-auth, memory over SQLite', both, 'the Map is read, the row written'),
    times(
      '/verify, one token, to better-auth, SQLite',
      lencana,
      sqlite,
      'it writes each use at once',
      '≥ 35',
    ),
    times('/verify, one token, to better-auth, memory', lencana, memory, 'the same', '≥ 12'),
    times('/verify, one token, to better-auth, memory over SQLite', lencana, both, 'the same'),
    times('bare node:http to better-auth, memory', bare, memory, 'no server in Node could reach more'),
  ];
}
