/** The thread that answers questions: reads the pages once, then answers one message after the other. Holds no secret, asks nothing of anybody. */
import { parentPort, workerData } from 'node:worker_threads';
import type { DocAddresses } from '../pages.ts';
import type { Answered, Asked } from './ask-thread.ts';
import { createEngine } from './engine.ts';

const answer = createEngine(workerData as DocAddresses);
parentPort?.postMessage('ready' satisfies Answered);

parentPort?.on('message', ({ id, question, page }: Asked) => {
  parentPort?.postMessage({ id, answer: answer(question, page) } satisfies Answered);
});
