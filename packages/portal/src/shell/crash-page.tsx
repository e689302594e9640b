/** Shown when a page throws or its code does not arrive: what happened, what is lost, what to do. Sends nothing anywhere. */
import { Button, Code, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useRouteError } from 'react-router';
import { Frame } from './frame.tsx';
import { PageHeading } from './page-heading.tsx';

export function CrashPage() {
  const { t } = useTranslation('shell');
  const error = useRouteError();
  const notLoaded = isLoadFailure(error);
  return (
    <Frame width="narrow">
      <Stack gap="md" align="flex-start">
        <PageHeading>{t(notLoaded ? 'crashed.stale_title' : 'crashed.title')}</PageHeading>
        <Text>
          {t(notLoaded ? 'crashed.stale_what' : 'crashed.what')}{' '}
          {t(notLoaded ? 'crashed.stale_next' : 'crashed.next')}
        </Text>
        <Button onClick={() => location.reload()}>{t('crashed.reload')}</Button>
        {!notLoaded && error instanceof Error && (
          <details className="crash-details">
            <summary>{t('crashed.details')}</summary>
            <Code block>{`${error.name}: ${error.message}`}</Code>
          </details>
        )}
      </Stack>
    </Frame>
  );
}

/** Each browser words a module that cannot be fetched differently; Vite adds its own for styles. */
function isLoadFailure(error: unknown): boolean {
  return (
    error instanceof Error &&
    /dynamically imported module|importing a module script|module script failed|preload css/i.test(
      error.message,
    )
  );
}
