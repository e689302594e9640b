/**
 * Answers questions on a thread of its own, so that no question holds up a verification. Few may wait: what comes beyond is told so at
 * once. A thread that fails or does not answer in time is ended and replaced; whoever waited for it is told.
 */
import { Worker } from 'node:worker_threads';
import type { DocAddresses } from '../pages.ts';
import type { Answer } from './answer.ts';

export type Asking = {
  /** @throws TooManyQuestionsError, AskFailedError */
  readonly ask: (question: string, page: string | null) => Promise<Answer>;
  readonly close: () => Promise<void>;
};

/** Too many wait already: ask again in a second. */
export class TooManyQuestionsError extends Error {
  override readonly name = 'TooManyQuestionsError';
}

/** The thread ended, or did not answer in time. */
export class AskFailedError extends Error {
  override readonly name = 'AskFailedError';
}

export type Asked = { readonly id: number; readonly question: string; readonly page: string | null };
/** `ready`: the pages are read, and questions are answered from now on. */
export type Answered = 'ready' | { readonly id: number; readonly answer: Answer };

const WAITING_MAX = 32;
/** How long an answer may take, in milliseconds. */
const ANSWER_MS_MAX = 2000;
/** How long the thread may take to read and index the pages, in milliseconds. */
const START_MS_MAX = 30_000;

type Waiting = {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  timer: NodeJS.Timeout;
  /** Counts the time for an answer from now on. */
  readonly restart: () => void;
};

/** The thread starts with the first question: a portal that nobody asks spends nothing on it. */
export function createAsking(addresses: DocAddresses, onFailure: (error: unknown) => void): Asking {
  let worker: Worker | null = null;
  let ready = false;
  let last = 0;
  const waiting = new Map<number, Waiting>();

  function started(): Worker {
    if (worker) return worker;
    const thread = new Worker(new URL('./ask-worker.ts', import.meta.url), {
      workerData: addresses,
      // What a question could make it need is bounded too.
      resourceLimits: { maxOldGenerationSizeMb: 128 },
    });
    thread.unref();
    ready = false;
    thread.on('message', (message: Answered) => {
      if (message !== 'ready') return settle(message.id, ({ resolve }) => resolve(message.answer));
      ready = true;
      for (const one of waiting.values()) one.restart();
    });
    thread.on('error', (error) => replace(thread, error));
    thread.on('exit', () => replace(thread, new AskFailedError('The thread that answers questions ended.')));
    worker = thread;
    return thread;
  }

  function settle(id: number, act: (one: Waiting) => void): void {
    const one = waiting.get(id);
    if (!one) return;
    clearTimeout(one.timer);
    waiting.delete(id);
    act(one);
  }

  function replace(thread: Worker, error: unknown): void {
    if (worker !== thread) return;
    worker = null;
    onFailure(error);
    for (const id of [...waiting.keys()]) {
      settle(id, ({ reject }) => reject(new AskFailedError('The question could not be answered.')));
    }
    void thread.terminate();
  }

  return {
    ask: (question, page) => {
      if (waiting.size >= WAITING_MAX) return Promise.reject(new TooManyQuestionsError());
      const thread = started();
      const id = ++last;
      return new Promise((resolve, reject) => {
        const late = () => replace(thread, new AskFailedError('A question took too long.'));
        const one: Waiting = {
          resolve,
          reject,
          timer: setTimeout(late, ready ? ANSWER_MS_MAX : START_MS_MAX),
          restart: () => {
            clearTimeout(one.timer);
            one.timer = setTimeout(late, ANSWER_MS_MAX);
          },
        };
        waiting.set(id, one);
        thread.postMessage({ id, question, page } satisfies Asked);
      });
    },
    close: async () => {
      const thread = worker;
      worker = null;
      for (const id of [...waiting.keys()])
        settle(id, ({ reject }) => reject(new AskFailedError('The server is ending.')));
      await thread?.terminate();
    },
  };
}
