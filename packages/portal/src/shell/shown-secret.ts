/**
 * The secret that the page shows just now, if any: in this module's memory alone, in no state of a component, cache, address or
 * storage, until the user lets it go. It outlives a page that stops working, so that the secret is not lost with it.
 */

export interface ShownSecret {
  tokenName: string;
  secret: string;
}

let shown: ShownSecret | null = null;
/** A crash page shows it now: the page that has gone does not take it along. */
let rescued = false;
const listeners = new Set<() => void>();

function put(next: ShownSecret | null): void {
  shown = next;
  rescued = false;
  for (const listener of listeners) listener();
}

export const shownSecret = {
  current: (): ShownSecret | null => shown,
  isShown: (): boolean => shown !== null,
  show: (next: ShownSecret): void => put(next),
  /** The user lets it go. */
  forget: (): void => put(null),
  /** A page that showed it is left. */
  pageGone: (): void => {
    if (!rescued) put(null);
  },
  /** Takes it over from a page that stopped working. */
  rescue: (): ShownSecret | null => {
    rescued = true;
    return shown;
  },
  subscribe: (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};
