/**
 * `npm run simulate`: seeds of the simulation. `-- --seeds 100000` so many, `--from K` from that one on, `--seed K --trace` one of
 * them with everything that happens in it. Exits 1 when a promise was broken, and says by which seed.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type MintingRun, simulateMinting } from './minting.ts';
import { type Run, simulate } from './simulate.ts';

type Share = { readonly from: number; readonly until: number; readonly step: number };
/** Both runs of a seed. */
type Seed = Pick<Run, 'seed' | 'log' | 'violations'>;
type Report = {
  readonly failed: Seed[];
  readonly verdicts: number;
  readonly revocations: number;
  readonly minted: number;
  readonly takings: number;
};

if (isMainThread) await main();
else parentPort?.postMessage(await runShare(workerData));

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '2000' },
      from: { type: 'string', default: '1' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
    },
  });
  if (values.seed !== undefined)
    return report([together(...(await bothOf(numberOf(values.seed), values.trace)))], 1);
  const from = numberOf(values.from);
  const seeds = numberOf(values.seeds);
  const step = availableParallelism();
  const startedAtMs = performance.now();
  const shares = Array.from({ length: step }, (_, at) =>
    inWorker({ from: from + at, until: from + seeds, step }),
  );
  const reports = await Promise.all(shares);
  const sum = (of: (each: Report) => number) => reports.reduce((total, each) => total + of(each), 0);
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  process.stdout.write(
    `${seeds} seeds from ${from}: ${sum((each) => each.revocations)} revocations, ${sum((each) => each.verdicts)} verdicts; ${sum((each) => each.minted)} tokens made on tokens and sessions, ${sum((each) => each.takings)} takings of their authority; ${seconds} s\n`,
  );
  report(
    reports.flatMap((each) => each.failed),
    seeds,
  );
}

function inWorker(share: Share): Promise<Report> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.once('message', resolve).once('error', reject);
  });
}

async function runShare({ from, until, step }: Share): Promise<Report> {
  const failed: Seed[] = [];
  const counts = { verdicts: 0, revocations: 0, minted: 0, takings: 0 };
  for (let seed = from; seed < until; seed += step) {
    const [run, minting] = await bothOf(seed, false);
    counts.verdicts += run.verdicts;
    counts.revocations += run.revocations;
    counts.minted += minting.minted;
    counts.takings += minting.takings;
    if (run.violations.length + minting.violations.length > 0)
      failed.push(together(...(await bothOf(seed, true))));
  }
  return { failed, ...counts };
}

async function bothOf(seed: number, tracing: boolean): Promise<[Run, MintingRun]> {
  return [await simulate(seed, { tracing }), await simulateMinting(seed, { tracing })];
}

/** One after the other: each has a time of its own that begins at 0. */
function together(run: Run, minting: MintingRun): Seed {
  return {
    seed: run.seed,
    log: [...run.log, '', 'Making on authority that is taken away:', ...minting.log],
    violations: [...run.violations, ...minting.violations],
  };
}

function report(runs: readonly Seed[], seeds: number): void {
  const failed = runs.filter(({ violations }) => violations.length > 0);
  for (const run of failed.slice(0, 3)) {
    process.stdout.write(`\nseed ${run.seed}\n${run.log.join('\n')}\n${run.violations.join('\n')}\n`);
    process.stdout.write(`Again: npm run simulate -- --seed ${run.seed} --trace\n`);
  }
  if (failed.length === 0) {
    if (seeds === 1) process.stdout.write(`${runs[0]?.log.join('\n')}\n`);
    process.stdout.write('No promise was broken.\n');
  } else {
    process.stdout.write(
      `\n${failed.length} of ${seeds} seeds broke a promise: ${failed.map(({ seed }) => seed).join(', ')}\n`,
    );
    process.exitCode = 1;
  }
}

function numberOf(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  process.stderr.write(`${text} is not a whole number.\n`);
  process.exit(2);
}
