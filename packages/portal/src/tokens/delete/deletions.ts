/** This page's deletions, wired to the server, the browser's memory of the tab, and the lists. What they do is token-deletions.ts. */
import { useSyncExternalStore } from 'react';
import { deleteToken, holdInLists, readToken, tokensChanged } from '../../api/queries.ts';
import { type Deletion, tokenDeletions } from './token-deletions.ts';

const memoryKey = 'unfinished-deletions';

export const deletions = tokenDeletions({
  deleteToken,
  readToken,
  memory: {
    read: () => {
      try {
        const ids: unknown = JSON.parse(sessionStorage.getItem(memoryKey) ?? '[]');
        return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
      } catch {
        // Storage refused, or written by something else: a reload then forgets.
        return [];
      }
    },
    write: (ids) => {
      try {
        if (ids.length === 0) sessionStorage.removeItem(memoryKey);
        else sessionStorage.setItem(memoryKey, JSON.stringify(ids));
      } catch {
        // As above.
      }
    },
  },
  nowMs: () => Date.now(),
  hold: holdInLists,
  changed: () => void tokensChanged(),
});

export function useDeletions(): ReadonlyMap<string, Deletion> {
  return useSyncExternalStore(deletions.subscribe, deletions.all);
}
