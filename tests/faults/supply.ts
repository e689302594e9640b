/**
 * Keeps so many tokens live that the load and the revocations find some. What is made rests for S before anybody asks about it: that is
 * how long giving authority may take elsewhere.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpClient } from './http-client.ts';
import type { Ledger, Token } from './ledger.ts';
import { createMakers, type Holder } from './makers.ts';
import { pick } from './pick.ts';
import type { Stage } from './stage.ts';

export type Supply = {
  /** A live token, given to one taker only; undefined: none is left for now. */
  take(): Token | undefined;
  holderOf(token: Token): Holder;
  /** A holder given to one taker only, and its tokens; undefined: none is left for now. */
  takeHolder(): { holder: Holder; tokens: readonly Token[] } | undefined;
  /** Makes up for what is taken, as long as `lasts()` says. */
  keepFilled(lasts: () => boolean): Promise<void>;
};

const HOLDERS = 4;
const SPARE_HOLDERS = 2;
const TOKENS_OF_SPARE = 6;
/** So much of the supply is never taken: there is always somebody who must be let in. */
const KEPT_SHARE = 0.25;
const MAKERS = 8;
const PAUSE_MS = 10;

/** Resolves when `size` tokens are live. */
export async function openSupply(
  stage: Stage,
  http: HttpClient,
  ledger: Ledger,
  size: number,
): Promise<Supply> {
  const makers = createMakers(stage, http);
  const restMs = stage.freshnessMs * 1.1;
  const holders = new Map<string, Holder>();
  const spares: { holder: Holder; tokens: readonly Token[] }[] = [];
  const free: Token[] = [];
  let resting = 0;

  async function addTokens(lasts: () => boolean): Promise<void> {
    for (; lasts(); await delay(PAUSE_MS)) {
      if (free.length + resting >= size) continue;
      resting += 1;
      const made = await makers.token(pick([...holders.values()]));
      setTimeout(() => {
        resting -= 1;
        if (made) free.push(ledger.add(made));
      }, restMs);
    }
  }

  async function addSpares(lasts: () => boolean): Promise<void> {
    for (; lasts(); await delay(PAUSE_MS)) {
      const holder = spares.length < SPARE_HOLDERS ? await makers.holder() : undefined;
      if (!holder) continue;
      const made = await Promise.all(Array.from({ length: TOKENS_OF_SPARE }, () => makers.token(holder)));
      await delay(restMs);
      spares.push({ holder, tokens: made.flatMap((fields) => (fields ? [ledger.add(fields)] : [])) });
    }
  }

  // Several, because one that asks a node that stands still stands still with it.
  const keepFilled = async (lasts: () => boolean): Promise<void> => {
    await Promise.all([...Array.from({ length: MAKERS }, () => addTokens(lasts)), addSpares(lasts)]);
  };

  for (const holder of await Promise.all(Array.from({ length: HOLDERS }, makers.holder))) {
    if (!holder) throw new Error('a holder could not be made');
    holders.set(holder.id, holder);
  }
  await keepFilled(() => free.length < size || spares.length < SPARE_HOLDERS);
  return {
    take: () => {
      if (free.length < size * KEPT_SHARE) return undefined;
      const at = Math.floor(Math.random() * free.length);
      return free.splice(at, 1)[0];
    },
    holderOf: (token) => {
      const holder = holders.get(token.holderId);
      if (!holder) throw new Error('the token is of a holder that was given away');
      return holder;
    },
    takeHolder: () => spares.shift(),
    keepFilled,
  };
}
