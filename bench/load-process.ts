/** What loads the servers, as a process of its own: takes orders as lines of JSON and answers each with what came of it. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Load, load, type Order } from './load.ts';

/** Too many for one line: a file with one presented secret in each. */
export type ProcessOrder = Omit<Order, 'authorizations'> & {
  readonly secretsFile?: string;
  /** How many of them, from the first on. */
  readonly secretsMax?: number;
};
export type ProcessLoad = Load & { readonly busyShare: number };

const authorizations = new Map<string, string[]>();

process.stdout.write('{}\n');
for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answerTo(JSON.parse(line)))}\n`);
}

async function answerTo({
  secretsFile,
  secretsMax,
  ...order
}: ProcessOrder): Promise<ProcessLoad | { error: string }> {
  const each =
    secretsFile === undefined ? {} : { authorizations: bearersIn(secretsFile).slice(0, secretsMax) };
  try {
    const before = process.cpuUsage();
    const startedAtMs = performance.now();
    const result = await load({ ...order, ...each });
    const { user, system } = process.cpuUsage(before);
    return { ...result, busyShare: (user + system) / 1000 / (performance.now() - startedAtMs) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

function bearersIn(file: string): string[] {
  const known = authorizations.get(file);
  if (known) return known;
  const bearers = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((secret) => `Bearer ${secret}`);
  authorizations.set(file, bearers);
  return bearers;
}
