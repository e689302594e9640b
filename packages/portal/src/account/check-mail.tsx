/** After signing up where addresses are confirmed by mail. The same whether the address had an account before or not. */
import { Anchor, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { PageHeading } from '../shell/page-heading.tsx';
import { MailAgain } from './mail-again.tsx';

export function CheckMail({ email }: { email: string }) {
  const { t } = useTranslation('account');
  return (
    <Stack gap="sm">
      <PageHeading announced>{t('sign_up.made_title')}</PageHeading>
      <Text>{t('sign_up.made', { email })}</Text>
      <MailAgain email={email} question={t('mail_again.nothing_came')} />
      <Anchor component={Link} to="/sign-in" size="sm">
        {t('forgot.back')}
      </Anchor>
    </Stack>
  );
}
