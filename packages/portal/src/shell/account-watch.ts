/**
 * Watches who is signed in while a page stands open: asks when another window says that it changed, and whenever this window
 * comes to the front. What follows from it is the page's.
 */
import { useEffect, useSyncExternalStore } from 'react';
import { hearOtherWindows } from '../api/other-windows.ts';
import { pageAccount } from '../api/page-account.ts';
import { lookWhoIsSignedIn } from '../api/queries.ts';

export function useAccountWatch(): void {
  useEffect(() => {
    const look = (): void => void lookWhoIsSignedIn();
    const lookIfShown = (): void => {
      if (document.visibilityState !== 'hidden') look();
    };
    const deafen = hearOtherWindows(look);
    document.addEventListener('visibilitychange', lookIfShown);
    window.addEventListener('focus', look);
    return () => {
      deafen();
      document.removeEventListener('visibilitychange', lookIfShown);
      window.removeEventListener('focus', look);
    };
  }, []);
}

/** Whether another account is signed in than the one that this page was drawn for. */
export function useAccountChanged(): boolean {
  return useSyncExternalStore(pageAccount.subscribe, pageAccount.hasChanged);
}
