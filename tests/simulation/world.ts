/**
 * Virtual time, and machines that live in it: each with clocks of its own, that can be stopped, suspended and killed, and links
 * between them that lose, swallow and delay. Everything random comes from one seed, so a run can be had again. Knows nothing of
 * what runs in it.
 */
import type { VerifierClock, VerifierTimer } from '@lencana/verifier/node';

type Event = { readonly atMs: number; readonly order: number; readonly work: () => void };

export class World {
  nowMs = 0;
  readonly log: string[] = [];
  readonly #tracing: boolean;
  readonly #events: Event[] = [];
  #order = 0;
  #state: number;

  constructor(seed: number, tracing: boolean) {
    this.#state = seed >>> 0;
    this.#tracing = tracing;
  }

  /** From 0 to 1, without 1 (mulberry32). */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + this.random() * (high - low);
  }

  pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.random() * from.length)] as T;
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  trace(who: string, what: string): void {
    if (this.#tracing) this.log.push(`${this.nowMs.toFixed(1).padStart(9)}  ${who.padEnd(10)}  ${what}`);
  }

  /** Events of the same instant happen in a random order, the same in each run of the seed. */
  after(delayMs: number, work: () => void): void {
    const atMs = this.nowMs + Math.max(0, delayMs);
    this.#order++;
    this.#push({ atMs, order: this.random() + this.#order / 2 ** 40, work });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Time goes on only when nothing is left to do at this instant. */
  async run(untilMs: number): Promise<void> {
    for (let next = this.#events[0]; next !== undefined && next.atMs <= untilMs; next = this.#events[0]) {
      this.#pop();
      this.nowMs = next.atMs;
      next.work();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.nowMs = untilMs;
  }

  #push(event: Event): void {
    const heap = this.#events;
    heap.push(event);
    for (let at = heap.length - 1; at > 0; ) {
      const above = (at - 1) >> 1;
      if (!isBefore(heap[at] as Event, heap[above] as Event)) return;
      [heap[at], heap[above]] = [heap[above] as Event, heap[at] as Event];
      at = above;
    }
  }

  #pop(): void {
    const heap = this.#events;
    const last = heap.pop() as Event;
    if (heap.length === 0) return;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      let first = at;
      if (left < heap.length && isBefore(heap[left] as Event, heap[first] as Event)) first = left;
      if (right < heap.length && isBefore(heap[right] as Event, heap[first] as Event)) first = right;
      if (first === at) return;
      [heap[at], heap[first]] = [heap[first] as Event, heap[at] as Event];
      at = first;
    }
  }
}

const isBefore = (one: Event, other: Event) =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);

/** What runs on one does nothing while it is stopped, and never again after it was killed. */
export class Machine {
  readonly name: string;
  readonly #world: World;
  #life = 1;
  #stopped = false;
  #waiting: (() => void)[] = [];
  /** How long the monotonic clock stood still in all. */
  #lostMs = 0;
  #suspendedAtMs: number | null = null;
  #wallOffsetMs: number;

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
    this.#wallOffsetMs = world.between(-5000, 5000);
  }

  readonly clock: VerifierClock = {
    monotonicMs: () => (this.#suspendedAtMs ?? this.#world.nowMs) - this.#lostMs,
    wallMs: () => 1_800_000_000_000 + this.#world.nowMs + this.#wallOffsetMs,
  };

  readonly timer: VerifierTimer = {
    after: (delayMs, work) => {
      let cancelled = false;
      const ring = this.alive(() => {
        if (!cancelled) work();
      });
      this.#world.after(delayMs, ring);
      return () => {
        cancelled = true;
      };
    },
  };

  /** Runs it now, when the machine goes on, or not at all if it has been killed since this call. */
  alive<Args extends unknown[]>(work: (...args: Args) => void): (...args: Args) => void {
    const life = this.#life;
    return (...args) => {
      if (life !== this.#life) return;
      if (this.#stopped) this.#waiting.push(() => work(...args));
      else work(...args);
    };
  }

  /** SIGSTOP: the clocks go on. */
  stop(): void {
    this.#stopped = true;
  }

  /** The whole machine sleeps: the monotonic clock stands still, the wall clock will have gone on. */
  suspend(): void {
    this.stop();
    this.#suspendedAtMs ??= this.#world.nowMs;
  }

  goOn(): void {
    if (this.#suspendedAtMs !== null) this.#lostMs += this.#world.nowMs - this.#suspendedAtMs;
    this.#suspendedAtMs = null;
    this.#stopped = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    const life = this.#life;
    for (const work of waiting) this.#world.after(0, () => life === this.#life && this.alive(work)());
  }

  kill(): void {
    this.#life++;
    this.#waiting = [];
    this.goOn();
  }

  stepWallClock(ms: number): void {
    this.#wallOffsetMs += ms;
  }
}

export type LinkState = 'up' | 'reset' | 'swallows';

export class Link {
  state: LinkState = 'up';
  /** One way, in milliseconds. */
  latencyMs: number;

  constructor(latencyMs: number) {
    this.latencyMs = latencyMs;
  }
}

/** Asks over a link and gives up after `timeoutMs` of the asker's time. Who is killed meanwhile hears nothing. */
export function call<T>(
  world: World,
  from: Machine,
  to: Machine,
  link: Link,
  timeoutMs: number,
  work: () => T | Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const delayMs = () => link.latencyMs * world.between(0.5, 2);
    const settled = from.alive((settle: () => void) => {
      cancel();
      settle();
    });
    const cancel = from.timer.after(timeoutMs, () => reject(new Error('no answer')));
    const travel = (arrive: () => void) => {
      world.after(delayMs(), () => {
        if (link.state === 'up') arrive();
        else if (link.state === 'reset') settled(() => reject(new Error('reset')));
      });
    };
    const answer = to.alive((settle: () => void) => travel(() => settled(settle)));
    const arrive = to.alive(() => {
      Promise.resolve()
        .then(work)
        .then(
          (value) => answer(() => resolve(value)),
          (error) => answer(() => reject(error)),
        );
    });
    travel(arrive);
  });
}
