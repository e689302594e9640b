/** Shown in place of any page while the server gives no answer that a page could start from. */
import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../api/problem.ts';
import { FailureNotice } from './failure-notice.tsx';
import { Frame } from './frame.tsx';
import { PageHeading } from './page-heading.tsx';

export function UnreachablePage({ problem, retry }: { problem: Problem; retry: () => void }) {
  const { t } = useTranslation('shell');
  return (
    <Frame width="narrow">
      <Stack gap="md">
        <PageHeading>{t('unreachable.title')}</PageHeading>
        <FailureNotice problem={problem} saving="read" onRetry={retry} />
      </Stack>
    </Frame>
  );
}
