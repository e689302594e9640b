/** A node's feed as a service's `fetch` meets it: a test says what is answered, and sees what was asked. */
import type { LoadKey } from './authority.ts';
import type { SecretRecord } from './entry-kinds.ts';
import type { Fetch } from './http-call.ts';
import { entriesOf, SUBJECTS, TimerUnderTest } from './source-under-test.ts';
import { writeLoadAnswer } from './wire.ts';

export const NODE_URL = 'http://127.0.0.1:8081';

/** Rings what is due after exactly so many milliseconds, when the test says so. */
export class TimerInHand extends TimerUnderTest {
  ringOf(delayMs: number): void {
    const ringing = [...this.due].filter(([, each]) => each === delayMs);
    if (ringing.length === 0)
      throw new Error(`nothing is due after ${delayMs} ms: ${[...this.due.values()]}`);
    for (const [work] of ringing) {
      this.due.delete(work);
      work();
    }
  }
}

export const SYNCED = {
  history: 'h1',
  seq: 12,
  changes: [],
  kept_after_seq: 3,
  lease_ms: 900,
  now_ms: 1_800_000_005_000,
};

export const ENTRY = { key: 'secret:', record: null, subjects: ['secret:aa'] };

/** A secret's entry, and its holder's, as a node writes them; null: there is no such secret. */
export function wired(key: string, record: SecretRecord | null) {
  if (record === null) return { load: { ...ENTRY, key }, along: [] };
  const [secret, holder] = entriesOf(key as LoadKey, record, SUBJECTS);
  const { loads, along } = writeLoadAnswer({
    history: 'h1',
    seq: 12,
    loads: [secret],
    along: holder ? [holder] : [],
  });
  return { load: loads[0], along };
}

/** Answers every key with the record. */
export const loaded =
  (record: SecretRecord | null, more: object = {}) =>
  ({ body }: Asked) => {
    const each = (body.keys ?? []).map((key) => wired(key, record));
    const along = each[0]?.along ?? [];
    return {
      status: 200,
      body: { history: 'h1', seq: 12, loads: each.map(({ load }) => load), along, ...more },
    };
  };

type Answer = { status: number; body: unknown } | Error;
/** What the three requests hold, of which each has some. */
type AskedBody = {
  after?: { history: string; seq: number } | null;
  hold_ms?: number;
  keys?: string[];
  understands?: string[];
  uses?: { token_id: string }[];
};
export type Asked = {
  path: string;
  headers: Record<string, string>;
  body: AskedBody;
  init: Parameters<Fetch>[1];
};

export class WireUnderTest {
  readonly asked: Asked[] = [];
  /** By path; what is not here is never answered. A function is called with what was asked. */
  readonly answers = new Map<string, Answer | ((asked: Asked) => Answer)>();
  #held: (() => void)[] = [];
  holding = false;

  readonly fetch: Fetch = async (url, init) => {
    const asked = {
      path: new URL(url).pathname,
      headers: init.headers,
      body: JSON.parse(init.body),
      init,
    };
    this.asked.push(asked);
    const aborted = new Promise<never>((_resolve, reject) => {
      init.signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
    });
    aborted.catch(() => undefined);
    if (this.holding) await Promise.race([new Promise<void>((resolve) => this.#held.push(resolve)), aborted]);
    const prepared = this.answers.get(asked.path);
    if (prepared === undefined) return await aborted;
    const answer = typeof prepared === 'function' ? prepared(asked) : prepared;
    if (answer instanceof Error) throw answer;
    const { status, body } = answer;
    return { status, text: async () => (typeof body === 'string' ? body : JSON.stringify(body)) };
  };

  answer(path: string, body: unknown, status = 200): void {
    if (typeof body === 'function') this.answers.set(path, body as (asked: Asked) => Answer);
    else this.answers.set(path, { status, body });
  }

  release(): void {
    this.holding = false;
    for (const go of this.#held.splice(0)) go();
  }

  askedAt(path: string): Asked[] {
    return this.asked.filter((each) => each.path === path);
  }
}
