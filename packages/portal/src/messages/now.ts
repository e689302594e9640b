/** The time for texts like "3 minutes ago", as a hook that renders anew now and then. Not for measuring. */
import { useEffect, useState } from 'react';

/** Epoch milliseconds, renewed every `everyMs` (default 30 s) while shown. */
export function useNowMs(everyMs = 30_000): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return nowMs;
}
