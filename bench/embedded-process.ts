/** A service with the verifier in it: says how long a verdict takes there, in nanoseconds. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { createServiceVerifier, type TokenVerifier } from '@lencana/verifier/node';
import { median } from './row.ts';

export type EmbeddedOrder = {
  readonly url: string;
  readonly secretsFile: string;
  /** How many different tokens are judged in turn; all of the file at most. */
  readonly counts: readonly number[];
  readonly rounds: number;
  readonly roundMs: number;
};

/** For each of the counts. */
export type EmbeddedFigures = {
  readonly nanoseconds: readonly number[];
  readonly inPlace: readonly number[];
};

/** So many are judged before the event loop has its turn: the lease lives by it. */
const atOnce = 10_000;
const loadedAtOnce = 1000;
/** How long a busy machine may keep the verifier from its lease, in milliseconds. */
const patienceMs = 20_000;

async function figures(order: EmbeddedOrder): Promise<EmbeddedFigures> {
  const { url, secretsFile, counts, rounds, roundMs } = order;
  const secrets = readFileSync(secretsFile, 'utf8').trim().split('\n');
  // Some more than there are: the cache is divided, and its parts fill unevenly.
  const verifier = createServiceVerifier({
    url,
    entriesMax: Math.ceil(secrets.length * 1.5),
    onError: () => undefined,
  });
  try {
    for (let from = 0; from < secrets.length; from += loadedAtOnce) {
      await Promise.all(
        secrets.slice(from, from + loadedAtOnce).map((secret) => untilActive(verifier, secret)),
      );
    }
    const nanoseconds = counts.map((): number[] => []);
    const inPlace = counts.map((): number[] => []);
    for (let round = 0; round <= rounds; round++) {
      for (const [at, count] of counts.entries()) {
        const chosen = secrets.slice(0, count);
        const awaited = await timePerVerdict(verifier, chosen, roundMs, awaitedBlock);
        const direct = await timePerVerdict(verifier, chosen, roundMs, directBlock);
        // The first round warms up.
        if (round === 0) continue;
        nanoseconds[at]?.push(awaited);
        inPlace[at]?.push(direct);
      }
    }
    return { nanoseconds: nanoseconds.map(median), inPlace: inPlace.map(median) };
  } finally {
    await verifier.close();
  }
}

async function untilActive(verifier: TokenVerifier, secret: string): Promise<void> {
  const endMs = performance.now() + patienceMs;
  for (;;) {
    const { outcome } = await verifier.verify(secret);
    if (outcome === 'active') return;
    if (outcome === 'refused' || performance.now() > endMs) throw new Error(`a live token was ${outcome}`);
    await delay(50);
  }
}

/** Judges so many, from that one on; says whether all were active. */
type Block = (verifier: TokenVerifier, secrets: readonly string[], from: number) => Promise<boolean>;

const awaitedBlock: Block = async (verifier, secrets, from) => {
  for (let at = from, left = atOnce; left > 0; left--) {
    const verdict = await verifier.verify(secrets[at] as string);
    if (verdict.outcome !== 'active') return false;
    if (++at === secrets.length) at = 0;
  }
  return true;
};

const directBlock: Block = async (verifier, secrets, from) => {
  for (let at = from, left = atOnce; left > 0; left--) {
    const verdict = verifier.verifyNow(secrets[at] as string);
    if (verdict instanceof Promise || verdict.outcome !== 'active') return false;
    if (++at === secrets.length) at = 0;
  }
  return true;
};

/** Nanoseconds of the thread's processor time. The event loop's turns in between are not counted, nor a block in which the lease ended. */
async function timePerVerdict(
  verifier: TokenVerifier,
  secrets: readonly string[],
  ms: number,
  block: Block,
): Promise<number> {
  let [verdicts, spentMs] = [0, 0];
  while (spentMs < ms) {
    const from = verdicts % secrets.length;
    await untilActive(verifier, secrets[from] ?? '');
    const before = process.threadCpuUsage();
    if (await block(verifier, secrets, from)) {
      const { user, system } = process.threadCpuUsage(before);
      spentMs += (user + system) / 1000;
      verdicts += atOnce;
    }
    await nextTurn();
  }
  return (spentMs / verdicts) * 1e6;
}

process.stdout.write('{}\n');
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await figures(JSON.parse(line)).catch((error: Error) => ({ error: error.message }));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
