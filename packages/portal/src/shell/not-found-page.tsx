/** For addresses that no page has. Says nothing about whether somebody else's thing might be there. */
import { Button, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { useMe } from '../api/queries.ts';
import { Frame } from './frame.tsx';
import { PageHeading } from './page-heading.tsx';
import { ProfileMenu } from './profile-menu.tsx';

export function NotFoundPage() {
  const { t } = useTranslation('shell');
  const { pathname } = useLocation();
  const me = useMe().data;
  return (
    <Frame width="narrow" corner={me && <ProfileMenu user={me.user} />}>
      <Stack gap="md" align="flex-start">
        <PageHeading>{t('not_found.title')}</PageHeading>
        <Text>
          {t('not_found.what', { path: pathname })} {t('not_found.next')}
        </Text>
        <Button component={Link} to="/">
          {t('not_found.home')}
        </Button>
      </Stack>
    </Frame>
  );
}
