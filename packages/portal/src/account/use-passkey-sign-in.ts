/** Signing in with a passkey: by the button, or picked from the list that the browser offers in the address field. */
import { useEffect, useRef, useState } from 'react';
import { type Problem, problemOfFailure } from '../api/problem.ts';
import { useRefusalTexts } from '../form/form-texts.ts';
import { passkeysWork } from './passkey-support.ts';

export interface PasskeySignIn {
  /** Whether this browser has passkeys at this address. */
  available: boolean;
  busy: boolean;
  problem: Problem | null;
  start: () => void;
  /** Forgets what the last attempt ended in, when something else is tried instead. */
  dismiss: () => void;
}

export function usePasskeySignIn(signedInNow: () => Promise<void>): PasskeySignIn {
  const inPlainWords = useRefusalTexts();
  const available = passkeysWork();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const underWay = useRef(false);
  const finish = useRef(signedInNow);
  finish.current = signedInNow;

  useEffect(() => {
    let shown = true;
    async function offerInField(): Promise<void> {
      if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
      const { signInWithPasskey } = await import('./passkeys.ts');
      if (!shown) return;
      await signInWithPasskey(true);
      if (shown) await finish.current();
    }
    // Only an offer: where it fails, the form and the button are there still.
    if (available) offerInField().catch(() => undefined);
    return () => {
      shown = false;
    };
  }, [available]);

  async function start(): Promise<void> {
    if (underWay.current) return;
    underWay.current = true;
    setBusy(true);
    setProblem(null);
    try {
      const { signInWithPasskey } = await import('./passkeys.ts');
      await signInWithPasskey();
      await signedInNow();
    } catch (failure) {
      setProblem(inPlainWords(problemOfFailure(failure)));
    } finally {
      underWay.current = false;
      setBusy(false);
    }
  }

  return { available, busy, problem, start: () => void start(), dismiss: () => setProblem(null) };
}
