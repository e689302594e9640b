/** Shown at an address that is not the portal's own (127.0.0.1 for localhost, say): sessions and passkeys belong to the own one. */
import { Button, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Frame } from './frame.tsx';
import { PageHeading } from './page-heading.tsx';

export function ElsewherePage({ origin }: { origin: string }) {
  const { t } = useTranslation('shell');
  const there = `${origin}${location.pathname}${location.search}${location.hash}`;
  return (
    <Frame width="narrow">
      <Stack gap="md" align="flex-start">
        <PageHeading>{t('elsewhere.title')}</PageHeading>
        <Text>{t('elsewhere.what', { here: location.origin, there: origin })}</Text>
        <Button component="a" href={there} h="auto" py={8} className="wrapping-button">
          {t('elsewhere.link', { there: origin })}
        </Button>
      </Stack>
    </Frame>
  );
}
