/** The first process and its workers over lines in memory: hints, metrics, replacement with patience, and the end. No process is started. */

import type { VerdictCounts } from '@lencana/verifier/node';
import { describe, expect, test } from 'vitest';
import { createMetrics, type VerifierReading } from '../metrics/metrics.ts';
import { readingUnderTest } from '../metrics/reading-under-test.ts';
import type { Timer, ToFirst, ToWorker } from './messages.ts';
import { createWorkers, type WorkerProcess } from './supervisor.ts';
import { createWorkerLink, type WorkerLink } from './worker-link.ts';

/** Time that passes when a test says so. */
function handTime() {
  let nowMs = 0;
  let timers: { atMs: number; work: () => void }[] = [];
  const timer: Timer = (work, afterMs) => {
    const entry = { atMs: nowMs + afterMs, work };
    timers.push(entry);
    return () => {
      timers = timers.filter((each) => each !== entry);
    };
  };
  const pass = (ms: number) => {
    nowMs += ms;
    const due = timers.filter(({ atMs }) => atMs <= nowMs);
    timers = timers.filter(({ atMs }) => atMs > nowMs);
    for (const { work } of due) work();
  };
  return { clock: () => nowMs, timer, pass, pending: () => timers.length };
}

type Simulated = {
  process: WorkerProcess;
  link: WorkerLink;
  verifier: ReturnType<typeof readingUnderTest>;
  counts: VerdictCounts;
  /** false: it hears, and says nothing any more. */
  talks: boolean;
  hinted: number;
  stopped: boolean;
  killed: boolean;
  startedOnPort: number | null;
  end: (how: string) => void;
};

function node(count: number) {
  const time = handTime();
  const all: Simulated[] = [];
  const logged: string[] = [];
  const log = (facts: object, says?: string) => void logged.push(`${says} ${JSON.stringify(facts)}`);
  const workers = createWorkers({
    count,
    clock: time.clock,
    timer: time.timer,
    onReady: () => {},
    portIsChosen: true,
    log: { info: log, warn: log, error: log } as never,
    start: (port) => {
      const verifier = readingUnderTest();
      const toFirst: ((message: ToFirst) => void)[] = [];
      const toWorker: ((message: ToWorker) => void)[] = [];
      const ends: ((how: string) => void)[] = [];
      const one: Simulated = {
        process: {
          id: all.length + 1,
          pid: 1000 + all.length,
          send: (message) => {
            for (const hear of toWorker) hear(message);
          },
          onMessage: (hear) => void toFirst.push(hear),
          onExit: (hear) => void ends.push(hear),
          kill: () => {
            one.killed = true;
            one.end('SIGKILL');
          },
        },
        link: createWorkerLink(
          {
            send: async (message) => {
              if (one.talks) for (const hear of toFirst) hear(message);
            },
            onMessage: (hear) => void toWorker.push(hear),
          },
          time.timer,
          all.length + 1,
        ),
        verifier,
        counts: verifier.set.counts,
        talks: true,
        hinted: 0,
        stopped: false,
        killed: false,
        startedOnPort: port,
        end: (how) => {
          for (const hear of ends) hear(how);
        },
      };
      one.link.hints.onHint(() => {
        one.hinted += 1;
      });
      one.link.onStop(() => {
        one.stopped = true;
      });
      all.push(one);
      return one.process;
    },
  });
  const at = (position: number) => all.at(position) as Simulated;
  const answer = (one: Simulated) => void one.link.ready('http://127.0.0.1:4711', 4711);
  async function started() {
    const url = workers.start();
    for (const one of all) answer(one);
    return await url;
  }
  return { workers, all, at, answer, started, logged, time };
}

describe('a start', () => {
  test('is over when all answer, not before', async () => {
    const { workers, at, answer } = node(2);
    let url = '';
    const started = workers.start().then((said) => {
      url = said;
    });
    answer(at(0));
    await Promise.resolve();
    expect(url).toBe('');
    answer(at(1));
    await started;
    expect(url).toBe('http://127.0.0.1:4711');
  });

  test('fails with the words of the first worker that cannot, and leaves none behind', async () => {
    const { workers, at, answer, time } = node(3);
    const started = workers.start();
    answer(at(0));
    void at(1).link.failed('127.0.0.1:1 is in use.');
    await expect(started).rejects.toMatchObject({ name: 'WorkerError', message: '127.0.0.1:1 is in use.' });
    expect([at(0).killed, at(2).killed, time.pending()]).toEqual([true, true, 0]);
  });

  test('fails when one ends without a word', async () => {
    const { workers, at } = node(1);
    const started = workers.start();
    at(0).end('exit code 9');
    await expect(started).rejects.toThrow('exit code 9');
  });
});

describe('a hint', () => {
  test('of a worker reaches the others and the first process, and not itself', async () => {
    const { workers, started, at } = node(3);
    await started();
    let first = 0;
    workers.hints.onHint(() => {
      first += 1;
    });
    at(1).link.hints.send();
    expect([first, at(0).hinted, at(1).hinted, at(2).hinted]).toEqual([1, 1, 0, 1]);
  });

  test('of the first process reaches all workers, and not itself', async () => {
    const { workers, started, at } = node(2);
    await started();
    workers.hints.onHint(() => expect.unreachable());
    workers.hints.send();
    expect([at(0).hinted, at(1).hinted]).toEqual([1, 1]);
  });
});

describe('a worker that ends', () => {
  test('is replaced where the others still hold the port, and on its number when the last of them ended', async () => {
    const { started, at, answer, all, time } = node(2);
    await started();
    at(0).end('SIGKILL');
    time.pass(100);
    expect(at(2).startedOnPort).toBe(null);
    // The third does not answer yet, and would not find the port any more.
    at(1).end('SIGKILL');
    expect(at(2).killed).toBe(true);
    time.pass(200);
    expect(all.slice(3).map(({ startedOnPort }) => startedOnPort)).toEqual([4711, 4711]);
    answer(at(3));
    at(4).end('SIGKILL');
    time.pass(400);
    expect(at(5).startedOnPort).toBe(4711);
  });

  test('is replaced at once the first time, and with more and more patience after', async () => {
    const { started, all, at, time } = node(1);
    await started();
    for (const patienceMs of [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]) {
      const before = all.length;
      at(-1).end('SIGKILL');
      time.pass(patienceMs - 1);
      expect(all).toHaveLength(before);
      time.pass(1);
      expect(all).toHaveLength(before + 1);
    }
  });

  test('after it has lasted is replaced at once again', async () => {
    const { started, all, at, answer, time } = node(1);
    await started();
    for (const patienceMs of [100, 200]) {
      at(-1).end('SIGKILL');
      time.pass(patienceMs);
    }
    answer(at(-1));
    time.pass(10_000);
    at(-1).end('SIGKILL');
    const before = all.length;
    time.pass(100);
    expect(all).toHaveLength(before + 1);
  });

  test('is named in the log', async () => {
    const { started, at, logged } = node(1);
    await started();
    at(0).end('SIGSEGV');
    expect(logged.join('\n')).toContain(
      'a worker ended and is replaced {"worker":1,"pid":1000,"how":"SIGSEGV","afterMs":100}',
    );
  });
});

describe('a stop', () => {
  test('asks each, is over when all are gone, and replaces none', async () => {
    const { workers, started, all, at, time } = node(2);
    await started();
    let over = false;
    const stopped = workers.stop().then(() => {
      over = true;
    });
    expect([at(0).stopped, at(1).stopped]).toEqual([true, true]);
    at(0).end('exit code 0');
    await Promise.resolve();
    expect(over).toBe(false);
    at(1).end('exit code 0');
    await stopped;
    expect([all.length, time.pending()]).toEqual([2, 0]);
  });

  test('kills those that do not go, and those that do not answer yet', async () => {
    const { workers, started, at, time, logged } = node(2);
    await started();
    at(0).end('SIGKILL');
    time.pass(100);
    const stopped = workers.stop();
    expect([at(-1).killed, at(1).killed]).toEqual([true, false]);
    time.pass(12_000);
    await stopped;
    expect(at(1).killed).toBe(true);
    expect(logged.join('\n')).toContain('did not stop and is killed');
  });

  test('in between two lives of a worker starts no other', async () => {
    const { workers, started, all, at, time } = node(1);
    await started();
    at(0).end('SIGKILL');
    await workers.stop();
    time.pass(60_000);
    expect(all).toHaveLength(1);
  });
});

describe('the metrics of a node', () => {
  const activeIn = (text: string) =>
    Number(/^lencana_verdicts_total\{outcome="active",reason="none"\} (\d+)$/m.exec(text)?.[1]);
  const share = (one: Pick<WorkerLink, 'shareMetrics'>, verifier: VerifierReading) =>
    one.shareMetrics(
      createMetrics({ version: '1', verifier, feedRefusals: () => 0, logLinesDropped: () => 0 }).snapshot,
    );

  async function counting() {
    const scene = node(2);
    const first = readingUnderTest();
    share(scene.workers, first);
    await scene.started();
    first.set.counts.active = 1;
    scene.at(0).counts.active = 10;
    scene.at(1).counts.active = 100;
    const scrape = scene.all.map(({ link, verifier }) => share(link, verifier));
    return { ...scene, ask: (at: number) => (scrape[at] as () => Promise<string>)() };
  }

  test('are those of all its processes, whichever worker is asked', async () => {
    const { ask } = await counting();
    expect([activeIn(await ask(0)), activeIn(await ask(1))]).toEqual([111, 111]);
  });

  test('never fall when a worker ends: what was told of it stays', async () => {
    const { ask, at, time, answer } = await counting();
    await ask(0);
    at(1).end('SIGKILL');
    expect(activeIn(await ask(0))).toBe(111);
    time.pass(100);
    answer(at(-1));
    share(at(-1).link, at(-1).verifier);
    at(-1).counts.active = 1000;
    expect(activeIn(await ask(0))).toBe(1111);
  });

  test('count a worker that does not answer as it was last heard', async () => {
    const { ask, at, time } = await counting();
    await ask(0);
    at(1).counts.active = 500;
    at(1).talks = false;
    const text = ask(0);
    time.pass(1000);
    expect(activeIn(await text)).toBe(111);
  });

  test('are an error in a worker whose first process is silent', async () => {
    const { ask, at, time } = await counting();
    at(0).talks = false;
    const text = ask(0);
    time.pass(3000);
    await expect(text).rejects.toThrow('in time');
  });
});
