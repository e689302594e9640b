/**
 * Signs out: ends the session on the server, then loads the sign-in page anew, so that nothing read or shown
 * before stays in memory. Until the server has said yes, the user is told to be signed in still.
 */
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { tellOtherWindows } from '../api/other-windows.ts';
import { problemOfFailure } from '../api/problem.ts';
import { failureText } from './failure-text.ts';

export function useSignOut(): { signOut: () => void; signingOut: boolean } {
  const { t } = useTranslation(['shell', 'failures']);
  const failures = useTranslation('failures').t;
  const [signingOut, setSigningOut] = useState(false);

  async function signOut(): Promise<void> {
    if (signingOut) return;
    setSigningOut(true);
    try {
      const auth = await import('../account/auth-client.ts');
      await auth.signOut();
      tellOtherWindows();
      location.replace('/sign-in');
    } catch (error) {
      const { what, next } = failureText(failures, problemOfFailure(error), navigator.onLine);
      notifications.show({ color: 'red', title: t('sign_out_failed'), message: `${what} ${next}`.trim() });
      setSigningOut(false);
    }
  }

  return { signOut: () => void signOut(), signingOut };
}
