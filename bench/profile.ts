/**
 * `npm run bench -- --profile`: where the time of `/verify` goes, when the token is cached and when it is not. Writes CPU
 * profiles that a browser's developer tools open, and gives the functions that took the most time themselves.
 */
import { writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CpuProfile, connectInspector } from './inspector.ts';
import type { ProcessLoad, ProcessOrder } from './load-process.ts';
import { startProgram } from './programs.ts';
import { forgetAll, startFilled } from './scale.ts';
import { connections } from './verify.ts';

type Profiled = { readonly profile: CpuProfile; readonly result: number };

const tokens = 10_000;
const hotMs = 5000;
const coldRounds = 10;
const shown = 15;

export async function profile(): Promise<string> {
  const filled = await startFilled(tokens, 1, { NODE_OPTIONS: '--inspect=127.0.0.1:0' });
  const { server, secretFiles } = filled;
  const inspector = await connectInspector(server.stderr());
  const loader = await startProgram('load-process.ts', [], 'load');
  try {
    const url = `${server.verificationUrl}/verify`;
    const all: ProcessOrder = { url, secretsFile: secretFiles[0] ?? '', connections };
    const many: ProcessOrder = { ...all, ms: hotMs };
    const one: ProcessOrder = { ...many, secretsMax: 1 };
    const requests = async (order: ProcessOrder) => (await loader.ask<ProcessLoad>(order)).requests;
    const cold = async () => {
      await forgetAll(server);
      return await requests(all);
    };
    await cold();
    await requests(many);
    const manyProfile = await inspector.profiled(() => requests(many));
    const hotProfile = await inspector.profiled(() => requests(one));
    const coldProfile = await inspector.profiled(async () => {
      let asked = 0;
      for (let round = 0; round < coldRounds; round++) asked += await cold();
      return asked;
    });
    return [
      report('hot', `${tokens.toLocaleString('en-US')} tokens in turn, all cached`, manyProfile),
      report('one', 'one token again and again', hotProfile),
      report('cold', 'each request another token, none cached', coldProfile),
    ].join('\n');
  } finally {
    inspector.close();
    loader.stop();
    await server.stop();
  }
}

function report(name: string, what: string, { profile: cpuProfile, result: requests }: Profiled): string {
  const file = resolve(`verify-${name}.cpuprofile`);
  writeFileSync(file, JSON.stringify(cpuProfile));
  const times = [...timesOf(cpuProfile)];
  const busyUs = times.reduce((sum, [, { selfUs }]) => sum + selfUs, 0);
  const percent = (us: number) => `${((us / busyUs) * 100).toFixed(1).padStart(6)} %`;
  const most = (key: keyof Times) =>
    times
      .sort(([, one], [, other]) => other[key] - one[key])
      .slice(0, shown)
      .map(([place, time]) => `${percent(time.selfUs)}  ${percent(time.totalUs)}  ${place}`)
      .join('\n');
  return `/verify, ${name}: ${what}; ${(busyUs / requests).toFixed(1)} µs for each; ${file}
    self     total  most time themselves
${most('selfUs')}
    self     total  most time with what they called
${most('totalUs')}
`;
}

type Times = { selfUs: number; totalUs: number };

/** Of each function, itself and with what it called; waiting is left out. */
function timesOf({ nodes, samples, timeDeltas }: CpuProfile): Map<string, Times> {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const times = new Map<string, Times>();
  samples.forEach((id, at) => {
    const us = timeDeltas[at] ?? 0;
    const own = places.get(id) ?? '';
    if (own === '(idle)') return;
    const path = new Set<string>();
    for (let node: number | undefined = id; node !== undefined; node = callers.get(node)) {
      path.add(places.get(node) ?? '');
    }
    path.delete('(root)');
    for (const place of path) {
      const time = times.get(place) ?? { selfUs: 0, totalUs: 0 };
      times.set(place, {
        selfUs: time.selfUs + (place === own ? us : 0),
        totalUs: time.totalUs + us,
      });
    }
  });
  return times;
}

function placeOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName === '(program)' ? '(native code and the kernel)' : functionName;
  const path = url.startsWith('file:') ? basename(fileURLToPath(url)) : url;
  return `${functionName || '(anonymous)'}  ${path}:${lineNumber + 1}`;
}
