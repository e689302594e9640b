/**
 * The account that this page was drawn for. Every call names it, and the server refuses a call whose session is another
 * account's. A page never turns into another account's: it is loaded anew, so that nothing of the first stays in memory.
 * Reads and sends nothing itself.
 */

export type PageAccount = ReturnType<typeof createPageAccount>;

export function createPageAccount() {
  /** Whose name and things the page shows; null: nobody's. */
  let drawnFor: string | null = null;
  /** Whose things this document may still hold in memory, shown or not; null: nobody's so far. */
  let held: string | null = null;
  let changed = false;
  const listeners = new Set<() => void>();

  /** Another account is signed in: whoever listens replaces the page. Cannot be taken back. */
  function change(): void {
    changed = true;
    for (const listener of listeners) listener();
  }

  /** Says who is signed in. False: it is another account than this document was drawn for, which has to go. */
  function draw(userId: string): boolean {
    if (changed || (held !== null && held !== userId)) {
      change();
      return false;
    }
    drawnFor = userId;
    held = userId;
    return true;
  }

  /** The page shows nobody's things now: it asks to sign in. */
  function leave(): void {
    drawnFor = null;
  }

  return {
    draw,
    leave,
    change,
    /** The user id for `accountHeader`; null: leave it out. */
    named: () => drawnFor,
    hasChanged: () => changed,
    subscribe(listener: () => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** This document's. */
export const pageAccount: PageAccount = createPageAccount();

/** The header by which a call names the account. */
export const accountHeader = 'x-lencana-account';
