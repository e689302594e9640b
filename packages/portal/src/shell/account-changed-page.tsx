/**
 * In place of a page that was drawn for one account once another one is signed in: says who is signed in now. It stands at an
 * address of its own and is loaded anew, so that nothing of the first account is left in memory.
 */
import { Button, Stack, Text } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate } from 'react-router';
import { problemOfFailure } from '../api/problem.ts';
import { useMe } from '../api/queries.ts';
import { Frame } from './frame.tsx';
import { PageHeading } from './page-heading.tsx';
import { accountChangedPath } from './paths.ts';
import { UnreachablePage } from './unreachable-page.tsx';
import { Waiting } from './waiting.tsx';

export function AccountChangedPage() {
  const { t } = useTranslation('shell');
  const me = useMe();
  if (me.data === undefined && me.isError) {
    return <UnreachablePage problem={problemOfFailure(me.error)} retry={() => void me.refetch()} />;
  }
  if (me.data === undefined) return <Waiting />;
  if (me.data === null) return <Navigate to="/sign-in" replace />;
  const { name, email } = me.data.user;
  return (
    <Frame width="narrow">
      <Stack gap="md" align="flex-start">
        <PageHeading>{t('account_changed.title', { name })}</PageHeading>
        <Text>{t('account_changed.what', { email })}</Text>
        <Button component={Link} to="/">
          {t('account_changed.go_on')}
        </Button>
      </Stack>
    </Frame>
  );
}

/** Leaves the page of the first account for the one above. */
export function LeaveForAccountChanged() {
  useEffect(() => location.replace(accountChangedPath), []);
  return <Waiting />;
}
