/** A failed call, told where it happened: what went wrong, whether anything was saved, what to do. Read out when it appears. */
import { Alert, Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../api/problem.ts';
import { failureText } from './failure-text.ts';
import { AlertIcon } from './icons.tsx';

interface FailureNoticeProps {
  problem: Problem;
  /** What the call's failure means for the user's data. `read`: nothing was to be saved, so nothing is said. */
  saving: 'read' | 'write' | { no: string; unknown: string };
  onRetry?: () => void;
}

export function FailureNotice({ problem, saving, onRetry }: FailureNoticeProps) {
  const { t } = useTranslation(['failures', 'shell']);
  const { what, next } = failureText(t, problem, navigator.onLine);
  const texts = saving === 'write' ? { no: t('nothing_saved'), unknown: t('maybe_saved') } : saving;
  const saved = texts === 'read' ? '' : texts[problem.saved];
  const rest = [saved, next].filter((sentence) => sentence !== '').join(' ');
  return <FailureBox what={what} rest={rest} problem={problem} onRetry={onRetry} />;
}

interface FailureBoxProps {
  what: string;
  rest: string;
  problem: Problem;
  onRetry?: (() => void) | undefined;
}

/** The look of a failure whose sentences the caller has. */
export function FailureBox({ what, rest, problem, onRetry }: FailureBoxProps) {
  const { t } = useTranslation(['failures', 'shell']);
  return (
    <Alert
      color="red"
      variant="light"
      icon={<AlertIcon />}
      title={rest === '' ? undefined : what}
      className="notice"
      data-tone="wrong"
    >
      <Text size="sm">{rest === '' ? what : rest}</Text>
      {problem.status >= 500 && problem.requestId !== null && (
        <Text size="xs" c="dimmed" ff="monospace" mt={4}>
          {t('request_id', { id: problem.requestId })}
        </Text>
      )}
      {onRetry !== undefined && (
        <Button variant="default" size="xs" mt="xs" onClick={onRetry}>
          {t('shell:unreachable.retry')}
        </Button>
      )}
    </Alert>
  );
}
