/** Programs that the benchmark starts beside the server: each says in one line of JSON that it is ready, and ends with the run. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pinnedNode, reapWithRun, repositoryRoot } from '../tests/run-directory.ts';
import { type Place, pin } from './cores.ts';

export type Program<Said> = {
  readonly pid: number;
  readonly said: Said;
  /** Sends a line and waits for the next one that comes back. */
  ask<Answer>(line: unknown): Promise<Answer>;
  stop(): void;
};

/** `file` is relative to this folder. Rejects when the program ends before its first line. */
export async function startProgram<Said>(
  file: string,
  args: readonly string[],
  place: Place,
  nodeOptions: readonly string[] = [],
): Promise<Program<Said>> {
  const child = spawn(pinnedNode, [...nodeOptions, join(repositoryRoot, 'bench', file), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  reapWithRun(child);
  const { pid = 0 } = child;
  pin(pid, place);
  const nextLine = linesOf(child, file);
  const said = JSON.parse(await nextLine()) as Said;
  pin(pid, place);
  return {
    pid,
    said,
    async ask<Answer>(line: unknown) {
      child.stdin?.write(`${JSON.stringify(line)}\n`);
      const answer = JSON.parse(await nextLine()) as Answer | { error: string };
      if (typeof answer === 'object' && answer !== null && 'error' in answer) throw new Error(answer.error);
      return answer;
    },
    stop: () => void child.kill(),
  };
}

function linesOf(child: ChildProcess, name: string): () => Promise<string> {
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  const ended = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`${name} ended (${code}): ${complaint.trim()}`)));
  });
  ended.catch(() => undefined);
  if (!child.stdout) throw new Error('no output to read');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => (await Promise.race([lines.next(), ended])).value ?? (await ended);
}
