/** Starts a service that embeds the verifier (embedding-service.ts) and can hold it still. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { pinnedNode, reapWithRun } from '../run-directory.ts';
import type { ServiceSettings } from './embedding-service.ts';

export type ServiceProcess = {
  readonly url: string;
  send(signal: 'SIGSTOP' | 'SIGCONT'): void;
  kill(): Promise<void>;
};

/** Rejects when it exits before it listens. */
export async function startService(settings: ServiceSettings): Promise<ServiceProcess> {
  const program = new URL('./embedding-service.ts', import.meta.url).pathname;
  const child = spawn(pinnedNode, [program, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  reapWithRun(child);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error('the embedding service exited before it listened')));
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line).port));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    send: (signal) => {
      child.kill(signal);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
