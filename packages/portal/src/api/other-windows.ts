/**
 * Tells the portal's other windows in this browser that somebody signed in or out, or changed the account, and hears it from them.
 * Says nothing of who: each window asks the server. A browser without channels is no failure: a window that comes to the
 * front asks anyway, and the server refuses what a page would do for another account.
 */

let channel: BroadcastChannel | null | undefined;

function openChannel(): BroadcastChannel | null {
  if (channel === undefined) {
    try {
      channel = new BroadcastChannel('lencana-account');
    } catch {
      channel = null;
    }
  }
  return channel;
}

export function tellOtherWindows(): void {
  try {
    openChannel()?.postMessage('account');
  } catch {
    // As above.
  }
}

/** Calls `listener` for every word from another window, until the returned function is called. */
export function hearOtherWindows(listener: () => void): () => void {
  try {
    const opened = openChannel();
    opened?.addEventListener('message', listener);
    return () => opened?.removeEventListener('message', listener);
  } catch {
    return () => undefined;
  }
}
