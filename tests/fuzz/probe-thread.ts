/** The thread of probe.ts: one question after the other on one connection, as a gateway asks. */
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import type { ProbeReport } from './probe.ts';

const { verifyUrl, secret } = workerData as { verifyUrl: string; secret: string };
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let slowestMs = 0;
let refused = 0;
let asked = 0;
let startedMs = performance.now();

function ask(done: (status: number) => void): void {
  get(verifyUrl, { agent, headers: { authorization: `Bearer ${secret}` } }, (answer) => {
    answer.resume().once('end', () => done(answer.statusCode ?? 0));
  }).once('error', () => done(0));
}

function goOn(): void {
  startedMs = performance.now();
  ask((status) => {
    slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    asked++;
    if (status !== 200) refused++;
    // A pause in which reports are heard and the server has other things to do.
    setTimeout(goOn, 2);
  });
}

parentPort?.on('message', () => {
  const report: ProbeReport = { slowestMs, refused, asked };
  slowestMs = 0;
  parentPort?.postMessage(report);
});
// The first opens the connection and loads the token.
ask(() => {
  goOn();
  parentPort?.postMessage('ready');
});
