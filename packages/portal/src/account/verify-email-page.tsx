/** Where the link that confirms an email address ends: the server has judged it already and says `confirmed`, or in `error` why not. */
import { Button, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useMe } from '../api/queries.ts';
import { PageHeading } from '../shell/page-heading.tsx';

export function VerifyEmailPage() {
  const { t } = useTranslation('account');
  const [query] = useSearchParams();
  const me = useMe().data;
  const error = query.get('error');
  const confirmed = error === null && query.has('confirmed');
  const failure = error === 'TOKEN_EXPIRED' ? 'verify.failed_expired' : 'verify.failed_invalid';
  return (
    <Stack gap="md" align="flex-start">
      <PageHeading>{t(confirmed ? 'verify.done_title' : 'verify.failed_title')}</PageHeading>
      <Text>{t(confirmed ? 'verify.done' : failure)}</Text>
      <Button component={Link} to={me ? '/' : '/sign-in'}>
        {t(me ? 'verify.go_on' : 'verify.sign_in')}
      </Button>
    </Stack>
  );
}
