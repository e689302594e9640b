/**
 * `npm run bench -- --profile`: where the time of `/verify` goes, when the token is cached and when it is not. Writes CPU
 * profiles that a browser's developer tools open, and gives the functions that took the most time themselves.
 */
import { writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CpuProfile, connectInspector } from './inspector.ts';
import type { ProcessOrder } from './load-process.ts';
import { startProgram } from './programs.ts';
import { forgetAll, startFilled } from './scale.ts';
import { connections } from './verify.ts';

const tokens = 10_000;
const hotMs = 5000;
const coldRounds = 10;
const shown = 25;

export async function profile(): Promise<string> {
  const filled = await startFilled(tokens, 1, { NODE_OPTIONS: '--inspect=127.0.0.1:0' });
  const { server, secretFiles } = filled;
  const inspector = await connectInspector(server.stderr());
  const loader = await startProgram('load-process.ts', [], 'load');
  try {
    const url = `${server.verificationUrl}/verify`;
    const all: ProcessOrder = { url, secretsFile: secretFiles[0] ?? '', connections };
    const one: ProcessOrder = { ...all, secretsMax: 1, ms: hotMs };
    const cold = async () => {
      await forgetAll(server);
      await loader.ask(all);
    };
    await cold();
    await loader.ask(one);
    const hotProfile = await inspector.profiled(() => loader.ask(one));
    const coldProfile = await inspector.profiled(async () => {
      for (let round = 0; round < coldRounds; round++) await cold();
    });
    return [
      report('hot', 'one token again and again', hotProfile),
      report('cold', 'each request another token, none cached', coldProfile),
    ].join('\n');
  } finally {
    inspector.close();
    loader.stop();
    await server.stop();
  }
}

function report(name: string, what: string, cpuProfile: CpuProfile): string {
  const file = resolve(`verify-${name}.cpuprofile`);
  writeFileSync(file, JSON.stringify(cpuProfile));
  const times = selfTimes(cpuProfile);
  const busyUs = [...times.values()].reduce((sum, us) => sum + us, 0);
  const lines = [...times]
    .sort(([, one], [, other]) => other - one)
    .slice(0, shown)
    .map(([place, us]) => `${((us / busyUs) * 100).toFixed(1).padStart(6)} %  ${place}`);
  return `/verify, ${name}: ${what}; ${file}\n${lines.join('\n')}\n`;
}

/** Microseconds in each function itself, without those it called; waiting is left out. */
function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): Map<string, number> {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const times = new Map<string, number>();
  samples.forEach((id, at) => {
    const place = places.get(id) ?? '';
    if (place !== '(idle)') times.set(place, (times.get(place) ?? 0) + (timeDeltas[at] ?? 0));
  });
  return times;
}

function placeOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName === '(program)' ? '(native code and the kernel)' : functionName;
  const path = url.startsWith('file:') ? basename(fileURLToPath(url)) : url;
  return `${functionName || '(anonymous)'}  ${path}:${lineNumber + 1}`;
}
