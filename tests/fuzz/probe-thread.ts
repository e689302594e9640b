/** The thread of probe.ts: one question after the other on one connection, as a gateway asks. */
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import type { ProbeReport } from './probe.ts';

const { verifyUrl, secret, serverPid } = workerData as {
  verifyUrl: string;
  secret: string;
  serverPid: number;
};
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let slowestMs = 0;
let heldMs = 0;
let refused = 0;
let asked = 0;
let startedMs = 0;
let startedWorkMs = 0;

/**
 * For how long, in milliseconds, the server's first thread has worked since its start. Between question and answer that is what held
 * the answer up, whoever else the machine let run meanwhile. Where the system does not say, the time that went by.
 */
function workMs(): number {
  try {
    const worked = readFileSync(`/proc/${serverPid}/task/${serverPid}/schedstat`, 'utf8').split(' ')[0];
    return Number(worked) / 1e6;
  } catch {
    return performance.now();
  }
}

function ask(done: (status: number) => void): void {
  get(verifyUrl, { agent, headers: { authorization: `Bearer ${secret}` } }, (answer) => {
    answer.resume().once('end', () => done(answer.statusCode ?? 0));
  }).once('error', () => done(0));
}

function goOn(): void {
  startedMs = performance.now();
  startedWorkMs = workMs();
  ask((status) => {
    slowestMs = Math.max(slowestMs, performance.now() - startedMs);
    heldMs = Math.max(heldMs, workMs() - startedWorkMs);
    asked++;
    if (status !== 200) refused++;
    // A pause in which reports are heard and the server has other things to do.
    setTimeout(goOn, 2);
  });
}

parentPort?.on('message', () => {
  const report: ProbeReport = { slowestMs, heldMs, refused, asked };
  slowestMs = 0;
  heldMs = 0;
  parentPort?.postMessage(report);
});
// The first opens the connection and loads the token.
ask(() => {
  goOn();
  parentPort?.postMessage('ready');
});
