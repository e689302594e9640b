/** Asks for the mail that confirms an address once more. Whether it went is not told: that would tell who has an account. */
import { Anchor, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Problem, problemOfFailure } from '../api/problem.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { sendVerificationMail } from './auth-client.ts';

interface MailAgainProps {
  email: string;
  /** Ends before the words of the link. */
  question: string;
}

export function MailAgain({ email, question }: MailAgainProps) {
  const { t } = useTranslation('account');
  const [state, setState] = useState<'idle' | 'sending' | 'sent'>('idle');
  const [problem, setProblem] = useState<Problem | null>(null);

  async function send(): Promise<void> {
    if (state === 'sending') return;
    setState('sending');
    setProblem(null);
    try {
      await sendVerificationMail(email);
      setState('sent');
    } catch (failure) {
      setProblem(problemOfFailure(failure));
      setState('idle');
    }
  }

  return (
    <>
      <Text size="sm" c="dimmed" role="status" mt="sm">
        {state === 'sent' ? (
          t('mail_again.sent', { email })
        ) : (
          <>
            {question}{' '}
            <Anchor component="button" type="button" size="sm" onClick={() => void send()}>
              {t('mail_again.send')}
            </Anchor>
          </>
        )}
      </Text>
      {problem !== null && (
        <FailureNotice
          problem={problem}
          saving={{ no: t('mail_again.failed_no'), unknown: t('mail_again.failed_unknown') }}
        />
      )}
    </>
  );
}
