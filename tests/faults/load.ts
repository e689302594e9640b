/**
 * The load that never stops: every door is asked about live tokens, and now and then about one that is gone, whenever it went. An
 * answer is judged by the ledger the moment it has come.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Door, Outcome } from './doors.ts';
import type { HttpClient } from './http-client.ts';
import type { Ledger, Token } from './ledger.ts';
import { between, pick } from './pick.ts';

export type Asker = {
  /** Asks and has the answer judged. A door that stands still answers when it goes on again. */
  ask(door: Door, token: Token): Promise<Outcome>;
  /** How many answers are still to come. */
  underWay(): number;
};

export function createAsker(http: HttpClient, ledger: Ledger): Asker {
  let underWay = 0;
  return {
    async ask(door, token) {
      underWay += 1;
      const { reply, ...asked } = await http.ask(door.question(token.secret));
      underWay -= 1;
      const outcome = reply ? door.outcomeOf(reply) : 'no answer';
      ledger.judge(token, door, { ...asked, outcome, status: reply?.status ?? 0 });
      return outcome;
    },
    underWay: () => underWay,
  };
}

const ASKERS_AT_EACH_DOOR = 2;
/** Between an answer and the next question of the same asker, about. */
const PAUSE_MS = 100;
/** How much of the load is about tokens that are gone. */
const GONE_SHARE = 0.25;

/** Runs as long as `lasts()` says. */
export async function askAround(
  doors: readonly Door[],
  asker: Asker,
  ledger: Ledger,
  lasts: () => boolean,
): Promise<void> {
  const askAt = async (door: Door) => {
    for (; lasts(); await delay(between(0, 2 * PAUSE_MS))) {
      const from = ledger.gone.length > 0 && Math.random() < GONE_SHARE ? ledger.gone : ledger.live;
      if (from.length > 0) await asker.ask(door, pick(from));
    }
  };
  await Promise.all(doors.flatMap((door) => Array.from({ length: ASKERS_AT_EACH_DOOR }, () => askAt(door))));
}
