/**
 * Shown when a page throws or its code does not arrive: what happened, what is lost, what to do. A secret that was shown stays, to
 * be copied. Sends nothing anywhere.
 */
import { Button, Code, Stack, Text, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useBlocker, useRouteError } from 'react-router';
import { copyKeys } from './copy-text.ts';
import { Frame } from './frame.tsx';
import { CheckIcon, CopyIcon } from './icons.tsx';
import { PageHeading } from './page-heading.tsx';
import { SecretField, useSecretCopying, useUnloadWarning } from './secret-field.tsx';
import { shownSecret } from './shown-secret.ts';

export function CrashPage() {
  const { t } = useTranslation('shell');
  const error = useRouteError();
  const notLoaded = isLoadFailure(error);
  const [rescued] = useState(() => shownSecret.rescue()?.tokenName ?? null);
  return (
    <Frame width="narrow">
      <Stack gap="md" align="flex-start">
        <PageHeading>{t(notLoaded ? 'crashed.stale_title' : 'crashed.title')}</PageHeading>
        <Text>
          {t(notLoaded ? 'crashed.stale_what' : 'crashed.what')}{' '}
          {t(notLoaded ? 'crashed.stale_next' : 'crashed.next')}
        </Text>
        {rescued !== null && <RescuedSecret tokenName={rescued} />}
        <Button variant={rescued === null ? 'filled' : 'default'} onClick={() => location.reload()}>
          {t('crashed.reload')}
        </Button>
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

function RescuedSecret({ tokenName }: { tokenName: string }) {
  const { t } = useTranslation(['tokens', 'shell']);
  const copying = useSecretCopying();
  const copied = copying.state === 'copied';
  useUnloadWarning(copied);
  const blocker = useBlocker(() => !copied && !confirm(t('secret.not_copied')));
  useEffect(() => {
    if (blocker.state === 'blocked') blocker.reset();
  }, [blocker]);
  useEffect(() => shownSecret.forget, []);
  return (
    <section className="rescued-secret" aria-label={t('secret.title')}>
      <Title order={2}>{t('secret.title')}</Title>
      <Text>{t('shell:crashed.secret')}</Text>
      <SecretField tokenName={tokenName} copying={copying} />
      <Text role="status" size="sm">
        {copying.state === 'refused' && (
          <span key="refused">{t('secret.press_keys', { keys: copyKeys() })}</span>
        )}
        {copied && <span key="copied">{t('secret.copied_status')}</span>}
      </Text>
      <Button onClick={() => void copying.copy()} leftSection={copied ? <CheckIcon /> : <CopyIcon />}>
        {t(copied ? 'secret.copied' : 'secret.copy')}
      </Button>
    </section>
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
