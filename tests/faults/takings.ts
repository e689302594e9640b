/**
 * Takes authority away in every way there is, again and again until a call returns, and asks at the doors meanwhile and right after.
 * A call that ends otherwise (503, a broken connection) leaves it open whether it took; only a return counts.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'pg';
import { monotonicMs } from './clock.ts';
import type { Expected } from './commit-watch.ts';
import type { Door } from './doors.ts';
import type { HttpClient, Reply } from './http-client.ts';
import type { Ledger, Token } from './ledger.ts';
import type { Asker } from './load.ts';
import type { Holder } from './makers.ts';
import { makeOn } from './making.ts';
import { between, pick, shuffled } from './pick.ts';
import type { Node, Stage } from './stage.ts';

export type Taking = {
  readonly way: 'API' | 'API, called twice' | 'SQL and wait' | 'deactivation';
  readonly tokens: readonly Token[];
  /** Whether what they made goes with them. */
  readonly takesMade: boolean;
  /** What the commit is seen by. */
  readonly expected: Expected;
  readonly calledMs: number;
  /** When the first call returned; null: none has. */
  returnedMs: number | null;
  /** How long the call that returned took, from its own start. */
  callMs: number | null;
  /** Calls that ended otherwise, by what they said. */
  readonly ends: Map<string, number>;
  /** How long the longest of those took. */
  endMsMax: number;
  /** When the last acceptance came at each door that was asked all the time. */
  readonly lastAccepted: { readonly door: Door; readonly atMs: number }[];
};

export type TakingsParts = {
  readonly stage: Stage;
  readonly http: HttpClient;
  readonly ledger: Ledger;
  readonly asker: Asker;
  readonly holderOf: (token: Token) => Holder;
  /** `call` counts a revocation as returned when it is called: what a harness that can fail reports as late. */
  readonly countFrom: 'return' | 'call';
  /** No call is begun again once this says false. */
  readonly lasts: () => boolean;
};

export type Takings = {
  readonly all: readonly Taking[];
  byApi(token: Token, node?: Node): Promise<void>;
  /** A second call at another node, as soon as the first one's commit is seen. */
  byApiTwice(token: Token): Promise<void>;
  /** One statement past the program, then the wait that the documentation tells the operator. */
  bySql(tokens: readonly Token[]): Promise<void>;
  byDeactivation(holder: Holder, tokens: readonly Token[]): Promise<void>;
  close(): Promise<void>;
};

type Returned = (fromMs: number, atMs: number, saidAtMs: number | null) => void;

const CALL_WITHIN_MS = 30_000;
const AGAIN_AFTER_MS = 100;
/** Doors at which one token is asked about while it is taken away. After the return it is asked about at all. */
const CHASED_DOORS = 4;
const CHASED_TOKENS = 2;
/** One taking in so many is of a token that makes tokens meanwhile. */
const MAKING_EVERY = 3;

export function createTakings(parts: TakingsParts): Takings {
  const { stage, http, ledger, asker } = parts;
  const all: Taking[] = [];
  const pool = new Pool({ connectionString: stage.databaseUrl, max: 4, query_timeout: 5000 });
  pool.on('error', () => {});

  async function take(
    way: Taking['way'],
    tokens: readonly Token[],
    expected: Expected,
    call: (taking: Taking, returned: Returned) => Promise<void>,
  ): Promise<void> {
    const chases = tokens.slice(0, CHASED_TOKENS).flatMap((token) =>
      shuffled(stage.doors)
        .slice(0, CHASED_DOORS)
        .map((door) => ({ door, token })),
    );
    // Known at these doors before it goes, as far as they answer.
    await Promise.race([Promise.all(chases.map(({ door, token }) => asker.ask(door, token))), delay(200)]);
    await stage.watch.expect([expected]);
    const calledMs = monotonicMs();
    const taking: Taking = {
      way,
      tokens,
      takesMade: way.startsWith('API') && all.length % 2 === 0,
      expected,
      calledMs,
      returnedMs: null,
      callMs: null,
      ends: new Map(),
      endMsMax: 0,
      lastAccepted: [],
    };
    const [first] = tokens;
    // It goes on for a moment after the return: what was queued then is tried too.
    if (first && all.length % MAKING_EVERY === 0)
      void makeOn(first, stage, http, () => parts.lasts() && !isOver(taking));
    all.push(taking);
    for (const token of tokens) {
      ledger.going(token, calledMs);
      if (parts.countFrom === 'call') ledger.goneFrom(token, calledMs, null);
    }
    for (const { door, token } of chases) void chase(door, token, taking);
    await call(taking, (fromMs, atMs, saidAtMs) => {
      for (const token of tokens) ledger.goneFrom(token, atMs, saidAtMs);
      if (taking.returnedMs !== null) return;
      taking.returnedMs = atMs;
      taking.callMs = atMs - fromMs;
      askAfterwards(tokens);
    });
    stage.watch.forget([expected]);
  }

  /** Asks until the token is refused: so the last acceptance is known. */
  async function chase(door: Door, token: Token, taking: Taking): Promise<void> {
    let atMs: number | null = null;
    while (taking.returnedMs === null) {
      const outcome = await asker.ask(door, token);
      if (outcome === 'accepted') atMs = monotonicMs();
      if (outcome === 'refused') break;
      await delay(outcome === 'accepted' ? 2 : 25);
    }
    if (atMs !== null) taking.lastAccepted.push({ door, atMs });
  }

  /** The first questions leave in the very turn in which the return was seen. */
  function askAfterwards(tokens: readonly Token[]): void {
    for (const token of tokens) {
      const doors = tokens.length === 1 ? stage.doors : shuffled(stage.doors).slice(0, CHASED_DOORS);
      for (const door of doors) void asker.ask(door, token);
      setTimeout(() => void asker.ask(pick(stage.doors), token), between(5, 2 * stage.freshnessMs));
    }
  }

  async function callApi(taking: Taking, token: Token, nodes: () => Node, returned: Returned): Promise<void> {
    const holder = parts.holderOf(token);
    while (parts.lasts()) {
      const { server } = nodes();
      const headers = { ...pick([holder.manager, holder.session]), origin: server.publicUrl };
      const made = taking.takesMade ? '?made=delete' : '';
      const url = `${server.localUrl}/api/v1/tokens/${token.id}${made}`;
      const { reply, startedMs, endedMs } = await http.ask(
        { url, method: 'DELETE', headers },
        CALL_WITHIN_MS,
      );
      if (reply?.status === 200) {
        const said = JSON.parse(reply.text) as { refused_everywhere_at: string };
        return returned(startedMs, endedMs, Date.parse(said.refused_everywhere_at));
      }
      note(taking, saidBy(reply), endedMs - startedMs);
      await delay(AGAIN_AFTER_MS);
    }
  }

  return {
    all,
    byApi: (token, node) =>
      take('API', [token], { kind: 'token', id: token.id }, (taking, returned) =>
        callApi(taking, token, () => node ?? pick(stage.nodes), returned),
      ),
    byApiTwice: (token) => {
      const expected: Expected = { kind: 'token', id: token.id };
      return take('API, called twice', [token], expected, async (taking, returned) => {
        const [first, second] = shuffled(stage.nodes);
        const calls = [callApi(taking, token, () => first ?? pick(stage.nodes), returned)];
        // The first call may end without a commit and be made again: a second one waits for that no longer than for a return.
        await Promise.race([stage.watch.seen(expected), ...calls]);
        calls.push(callApi(taking, token, () => second ?? pick(stage.nodes), returned));
        await Promise.all(calls);
      });
    },
    bySql: (tokens) => {
      const [{ id } = { id: '' }] = tokens;
      return take('SQL and wait', tokens, { kind: 'token', id }, async (taking, returned) => {
        while (parts.lasts()) {
          const fromMs = monotonicMs();
          try {
            await pool.query(
              'UPDATE tokens SET revoked_at_ms = $1 WHERE id = ANY($2) AND revoked_at_ms IS NULL',
              [Date.now(), tokens.map((token) => token.id)],
            );
            await pastWait(monotonicMs(), stage.freshnessMs);
            return returned(fromMs, monotonicMs(), null);
          } catch (error) {
            note(taking, `SQL: ${(error as Error).message}`, monotonicMs() - fromMs);
            await delay(AGAIN_AFTER_MS);
          }
        }
      });
    },
    byDeactivation: (holder, tokens) =>
      take('deactivation', tokens, { kind: 'user', id: holder.id }, async (taking, returned) => {
        while (parts.lasts()) {
          const fromMs = monotonicMs();
          const { code, stderr } = await stage.command([
            'user',
            'edit',
            '--email',
            holder.email,
            '--deactivate',
          ]);
          if (code === 0) return returned(fromMs, monotonicMs(), null);
          note(taking, `command: ${stderr.trim().split('\n').at(-1)}`, monotonicMs() - fromMs);
          await delay(AGAIN_AFTER_MS);
        }
      }),
    close: () => pool.end(),
  };
}

/** The return is so long ago that nothing of before it is still queued. */
const OVER_AFTER_MS = 200;
const isOver = ({ returnedMs }: Taking) => returnedMs !== null && monotonicMs() - returnedMs > OVER_AFTER_MS;

/** S + 50 ms + S/1000 from the moment at which the commit was known. */
async function pastWait(fromMs: number, freshnessMs: number): Promise<void> {
  const untilMs = fromMs + freshnessMs * 1.001 + 50;
  for (let leftMs = untilMs - monotonicMs(); leftMs > 0; leftMs = untilMs - monotonicMs())
    await delay(leftMs);
}

function note(taking: Taking, said: string, tookMs: number): void {
  taking.ends.set(said, (taking.ends.get(said) ?? 0) + 1);
  taking.endMsMax = Math.max(taking.endMsMax, tookMs);
}

function saidBy(reply: Reply | null): string {
  if (reply === null) return 'no answer';
  try {
    const { detail } = JSON.parse(reply.text) as { detail: string };
    return `${reply.status} ${detail.replace(/request \S+/, 'request …')}`;
  } catch {
    return `${reply.status}`;
  }
}
