/**
 * Keeps a token in the lists that show it until its deletion is certain. The server lists a deleted token no more from the moment
 * of its commit, while some service may still accept it: a row that went then would say too much. Reads and deletes nothing.
 */
import type { TokenPage } from './client.ts';

/** `fresh` with every held token of `shown`, the same page as it was before, that is not in it any more, where it stood. */
export function withHeld(
  fresh: TokenPage,
  shown: TokenPage | undefined,
  held: ReadonlySet<string>,
): TokenPage {
  const listed = new Set(fresh.tokens.map(({ id }) => id));
  const tokens = [...fresh.tokens];
  for (const [at, token] of (shown?.tokens ?? []).entries()) {
    if (held.has(token.id) && !listed.has(token.id)) tokens.splice(Math.min(at, tokens.length), 0, token);
  }
  const total = fresh.total_is_capped ? fresh.total : fresh.total + tokens.length - fresh.tokens.length;
  return { ...fresh, tokens, total };
}
