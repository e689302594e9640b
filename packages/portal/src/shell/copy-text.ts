/**
 * Puts what an element shows on the clipboard, and knows whether that worked. Where browsers give no clipboard (plain http
 * on a LAN) the element's text is selected and copied as a user would. Keeps no text.
 */

/** The part of the browser that copying needs. */
export interface CopyingBrowser {
  clipboard: Pick<Clipboard, 'writeText'> | undefined;
  /** Copies the selection; false, or an exception, where the browser refuses. */
  copySelection: () => boolean;
}

const thisBrowser: CopyingBrowser = {
  get clipboard() {
    return navigator.clipboard as Clipboard | undefined;
  },
  copySelection: () => document.execCommand('copy'),
};

/**
 * Copies an element's text: true only where the browser said that it did. After false the text is selected and focused,
 * so that the user can copy it by hand.
 */
export async function copyText(
  element: HTMLElement,
  browser: CopyingBrowser = thisBrowser,
): Promise<boolean> {
  try {
    if (browser.clipboard !== undefined) {
      await browser.clipboard.writeText(textOf(element));
      return true;
    }
  } catch {
    // Refused or not focused: the selection may still be copied.
  }
  selectText(element);
  try {
    return browser.copySelection();
  } catch {
    return false;
  }
}

function textOf(element: HTMLElement): string {
  return element instanceof HTMLTextAreaElement ? element.value : (element.textContent ?? '');
}

/** Selects all of an element's text and puts the focus there. */
export function selectText(element: HTMLElement): void {
  element.focus();
  if (element instanceof HTMLTextAreaElement) {
    element.select();
    return;
  }
  getSelection()?.selectAllChildren(element);
}

/** The keys that copy a selection on this machine. */
export function copyKeys(platform: string = navigator.platform): string {
  return /mac|iphone|ipad/i.test(platform) ? 'Cmd+C' : 'Ctrl+C';
}
