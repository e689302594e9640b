/** Copying what an element shows, for a button that says Copied only when that is so. */
import { type RefObject, useEffect, useState } from 'react';
import { copyText } from './copy-text.ts';

export type CopyOutcome = 'copied' | 'refused' | null;

/** How long the button says Copied. */
const saidForMs = 2_000;

export function useCopying(source: RefObject<HTMLElement | null>): {
  outcome: CopyOutcome;
  copy: () => Promise<void>;
} {
  const [outcome, setOutcome] = useState<CopyOutcome>(null);
  useEffect(() => {
    if (outcome !== 'copied') return;
    const timer = setTimeout(() => setOutcome(null), saidForMs);
    return () => clearTimeout(timer);
  }, [outcome]);

  async function copy() {
    if (source.current === null) return;
    const button = document.activeElement;
    const copied = await copyText(source.current);
    if (copied && button instanceof HTMLElement) button.focus();
    setOutcome(copied ? 'copied' : 'refused');
  }

  return { outcome, copy };
}
