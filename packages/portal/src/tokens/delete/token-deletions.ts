/**
 * The deletions of this page: what is being deleted, and what is known of each. A deletion takes until every service refuses the
 * token, outlives the dialog that began it, and is taken up again after a reload. Shows nothing; how the server, the browser's
 * memory and the clock are reached is passed in.
 */
import type { DeletedToken, Token } from '../../api/client.ts';
import { type Problem, problemOfFailure } from '../../api/problem.ts';

export interface Deletion {
  readonly token: Token;
  readonly phase: 'running' | 'failed' | 'done';
  /** Whether the server has deleted the token, whether or not every service refuses it by now. */
  readonly deleted: 'no' | 'maybe' | 'yes';
  /** By the clock passed in. */
  readonly startedAtMs: number;
  /** Taken up again after a reload of the page. */
  readonly resumed: boolean;
  /** Why it failed; null in the other phases. */
  readonly problem: Problem | null;
  /** RFC 3339; null until done. */
  readonly refusedEverywhereAt: string | null;
}

/** What happens to a deletion that cannot be read from it. */
export type DeletionNews =
  /** There is no such token, or none of this account's. */
  | { readonly kind: 'gone'; readonly token: Token }
  /** The session ended; `deleted` as far as it is known. */
  | { readonly kind: 'signed_out'; readonly token: Token; readonly deleted: Deletion['deleted'] }
  /** The page was reloaded before the server had the request. */
  | { readonly kind: 'never_sent'; readonly token: Token };

export interface DeletionParts {
  /** Resolves once the token is refused everywhere; throws a `Problem`. */
  readonly deleteToken: (id: string, withMade: boolean) => Promise<DeletedToken>;
  /** Soon answers or throws a `Problem`. */
  readonly readToken: (id: string) => Promise<Token>;
  /** Ids of unfinished deletions, kept over a reload. Holds no names and no secrets. */
  readonly memory: { read: () => readonly string[]; write: (ids: readonly string[]) => void };
  readonly nowMs: () => number;
  /** Whether lists keep showing the token though the server lists it no more. */
  readonly hold: (id: string, held: boolean) => void;
  /** Called after every answer, for the lists to be read anew. */
  readonly changed: () => void;
}

export type TokenDeletions = ReturnType<typeof tokenDeletions>;

export function tokenDeletions(parts: DeletionParts) {
  let all: ReadonlyMap<string, Deletion> = new Map();
  const listeners = new Set<() => void>();
  const newsListeners = new Set<(news: DeletionNews) => void>();

  function put(id: string, deletion: Deletion | null): void {
    const next = new Map(all);
    if (deletion === null) next.delete(id);
    else next.set(id, deletion);
    all = next;
    for (const listener of listeners) listener();
  }

  function remember(id: string, unfinished: boolean): void {
    const others = parts.memory.read().filter((other) => other !== id);
    parts.memory.write(unfinished ? [...others, id] : others);
    parts.hold(id, unfinished);
  }

  function tell(news: DeletionNews): void {
    for (const listener of newsListeners) listener(news);
  }

  /**
   * Begins, or tries again; does nothing where it is under way or done. `withMade`: the tokens that it made go too. What a reload
   * interrupted was done whole by the server, so that a second look needs to take nothing more.
   */
  async function start(token: Token, { withMade = false, resumed = false } = {}): Promise<void> {
    const before = all.get(token.id);
    if (before !== undefined && before.phase !== 'failed') return;
    const known = before?.deleted ?? (token.status === 'revoked' ? 'yes' : 'no');
    const running: Deletion = {
      token,
      phase: 'running',
      deleted: known,
      startedAtMs: parts.nowMs(),
      resumed,
      problem: null,
      refusedEverywhereAt: null,
    };
    remember(token.id, true);
    put(token.id, running);
    try {
      const answer = await parts.deleteToken(token.id, withMade);
      remember(token.id, false);
      const refusedEverywhereAt = answer.refused_everywhere_at;
      put(token.id, { ...running, phase: 'done', deleted: 'yes', refusedEverywhereAt });
    } catch (failure) {
      await failed(running, problemOfFailure(failure));
    }
    parts.changed();
  }

  async function failed(running: Deletion, problem: Problem): Promise<void> {
    const { token } = running;
    let deleted = deletedAfter(problem, running.deleted);
    if (deleted === 'maybe') deleted = await lookedUp(token.id, problem);
    // An unfinished one stays in memory: signed in again, the page takes it up.
    remember(token.id, deleted !== 'no' && problem.code !== 'not_found');
    if (problem.code === 'not_found') {
      put(token.id, null);
      tell({ kind: 'gone', token });
    } else if (problem.code === 'unauthenticated') {
      put(token.id, null);
      tell({ kind: 'signed_out', token, deleted });
    } else {
      put(token.id, { ...running, phase: 'failed', deleted, problem });
    }
  }

  /** A request without an answer may still be on its way, so that a token which is there proves nothing. */
  async function lookedUp(id: string, problem: Problem): Promise<Deletion['deleted']> {
    const token = await parts.readToken(id).catch(() => null);
    if (token === null) return 'maybe';
    if (token.status === 'revoked') return 'yes';
    return problem.requestId === null ? 'maybe' : 'no';
  }

  /** Forgets a failure that the user has seen. One that may have deleted the token is kept, to be tried again. */
  function dismiss(id: string): void {
    const deletion = all.get(id);
    if (deletion?.phase === 'failed' && deletion.deleted === 'no') put(id, null);
  }

  /**
   * Takes up what a reload interrupted. Deletes nothing that was not deleted: where the server has not had the
   * request, it says so instead.
   */
  async function resume(): Promise<void> {
    const interrupted = parts.memory.read().filter((id) => !all.has(id));
    await Promise.all(interrupted.map(resumeOne));
  }

  async function resumeOne(id: string): Promise<void> {
    try {
      const token = await parts.readToken(id);
      if (all.has(id)) return;
      if (token.status === 'revoked') return await start(token, { resumed: true });
      remember(id, false);
      tell({ kind: 'never_sent', token });
    } catch (failure) {
      // Another account's now, or none: nothing to say. After any other failure it stays for the next time.
      if (problemOfFailure(failure).code === 'not_found') remember(id, false);
    }
  }

  return {
    start,
    dismiss,
    resume,
    all: () => all,
    subscribe: (listener: () => void) => joined(listeners, listener),
    onNews: (listener: (news: DeletionNews) => void) => joined(newsListeners, listener),
  };
}

/** What is known after a failure, from what was known before the attempt. */
function deletedAfter(problem: Problem, before: Deletion['deleted']): Deletion['deleted'] {
  if (problem.code === 'not_yet_final') return 'yes';
  if (before === 'yes' || problem.saved === 'no') return before;
  return 'maybe';
}

function joined<T>(set: Set<T>, member: T): () => void {
  set.add(member);
  return () => set.delete(member);
}
