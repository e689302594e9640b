/** Confirms an email address, reached by the link in a mail. Nothing happens before the button: mail scanners open links too. */
import { Anchor, Button, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMe } from '../api/queries.ts';
import { SubmitButton } from '../form/submit-button.tsx';
import { useSubmission } from '../form/use-submission.ts';
import { FailureNotice } from '../shell/failure-notice.tsx';
import { PageHeading } from '../shell/page-heading.tsx';
import './account.css';
import { verifyEmail } from './auth-client.ts';
import { useLinkSecret } from './link-secret.ts';
import { PasswordField } from './password-field.tsx';
import { useSignedInNow } from './signed-in-now.ts';

export function VerifyEmailPage() {
  const { t } = useTranslation('account');
  const me = useMe().data;
  const token = useLinkSecret('token');
  const [done, setDone] = useState(false);
  if (done || token === '') {
    return (
      <Stack gap="md" align="flex-start">
        <PageHeading announced={done}>{t(done ? 'verify.done_title' : 'verify.no_token_title')}</PageHeading>
        <Text>{t(done ? 'verify.done' : 'verify.no_token')}</Text>
        <Button component={Link} to={me ? '/' : '/sign-in'}>
          {t(me ? 'verify.go_on' : 'verify.sign_in')}
        </Button>
      </Stack>
    );
  }
  return (
    <Stack gap="sm">
      <PageHeading>{t('verify.title')}</PageHeading>
      <Text>{t('verify.intro')}</Text>
      <VerifyEmailForm token={token} onDone={() => setDone(true)} />
    </Stack>
  );
}

function VerifyEmailForm({ token, onDone }: { token: string; onDone: () => void }) {
  const { t } = useTranslation('account');
  const signedInNow = useSignedInNow();
  const form = useForm({
    initialValues: { password: '' },
    validate: { password: (password) => (password === '' ? t('invalid.password_required') : null) },
  });
  const { busy, problem, onSubmit } = useSubmission(form, async ({ password }) => {
    await verifyEmail(token, password);
    onDone();
    await signedInNow();
  });
  return (
    <form noValidate onSubmit={onSubmit} className="fields">
      <PasswordField
        {...form.getInputProps('password')}
        label={t('password')}
        autoComplete="current-password"
      />
      <SubmitButton fullWidth busy={busy} label={t('verify.submit')} busyLabel={t('verify.submitting')} />
      {problem !== null && (
        <Stack className="form-notice" gap="xs" align="flex-start">
          <FailureNotice
            problem={problem}
            saving={{ no: t('verify.failed_no'), unknown: t('verify.failed_unknown') }}
          />
        </Stack>
      )}
      <Anchor component={Link} to="/forgot-password" size="sm" mt="md" display="inline-block">
        {t('sign_in.forgot')}
      </Anchor>
    </form>
  );
}
