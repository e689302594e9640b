/**
 * Puts what an element shows on the clipboard, and knows whether that worked. Where browsers give no clipboard (plain http
 * on a LAN), or theirs does not answer, the element's text is selected and copied as a user would. Keeps no text.
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

/** A clipboard that has not answered by then is not waited for. */
const answersWithinMs = 1_500;

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
      await inTime(browser.clipboard.writeText(textOf(element)));
      return true;
    }
  } catch {
    // Refused, not focused or silent: the selection may still be copied.
  }
  if (!selectText(element)) return false;
  try {
    return browser.copySelection() === true;
  } catch {
    return false;
  }
}

async function inTime(writing: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the clipboard does not answer')), answersWithinMs);
  });
  await Promise.race([writing, late]).finally(() => clearTimeout(timer));
}

function textOf(element: HTMLElement): string {
  return element instanceof HTMLTextAreaElement ? element.value : (element.textContent ?? '');
}

/**
 * Selects all of an element's text and puts the focus there. False: something else is selected, such as what another program has
 * put in front, so that copying the selection would copy that.
 */
export function selectText(element: HTMLElement): boolean {
  element.focus();
  if (element instanceof HTMLTextAreaElement) {
    element.select();
    const { selectionStart, selectionEnd, value } = element;
    return document.activeElement === element && selectionStart === 0 && selectionEnd === value.length;
  }
  getSelection()?.selectAllChildren(element);
  return element.contains(getSelection()?.anchorNode ?? null);
}

/** The keys that copy a selection on this machine. */
export function copyKeys(platform: string | undefined = navigator.platform): string {
  return /mac|iphone|ipad/i.test(platform ?? '') ? 'Cmd+C' : 'Ctrl+C';
}
